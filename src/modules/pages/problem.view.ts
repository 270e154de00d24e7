import type { AppError } from '../../common/index.js';
import { en } from './i18n/en.js';
import type { I18n, MessageKey } from './i18n/index.js';

/** Why something was not done. */
export interface ProblemView {
  readonly text: string;
  /** The text is English on a page of another language. */
  readonly english: boolean;
}

/** An error in the page's language where we have words for it, else as it came. */
export function problemView(error: Pick<AppError, 'code' | 'message' | 'details'>, i18n: I18n): ProblemView {
  const key = `problem.${error.code}`;
  if (!isMessageKey(key)) return { text: error.message, english: true };
  return { text: i18n.t(key, error.details as Record<string, string | number>), english: false };
}

export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(en, key);
}
