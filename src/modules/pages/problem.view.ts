import { errorText, errorTextSaysAll, type AppError } from '../../common/index.js';
import { en } from './i18n/en.js';
import type { I18n, MessageKey } from './i18n/index.js';

/** Why something was not done. */
export interface ProblemView {
  readonly text: string;
  /** The text is English on a page of another language. */
  readonly english: boolean;
  /** What came, in English, where the text in the page's language does not name it; null else. */
  readonly original: string | null;
}

/** An error in the page's language where we have words for it, else as it came. */
export function problemView(error: Pick<AppError, 'code' | 'message' | 'details'>, i18n: I18n): ProblemView {
  const text = errorText(error.code, i18n.language, error.details);
  if (text === null) return { text: error.message, english: true, original: null };
  return { text, english: false, original: errorTextSaysAll(error.code) ? null : error.message };
}

export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}
