import type { ConfigField } from '../../../../infra/config/index.js';
import type { Language } from '../languages.js';
import { viFields } from './vi.js';
import { zhCnFields } from './zh-cn.js';
import { zhTwFields } from './zh-tw.js';

const TRANSLATIONS: Readonly<Partial<Record<Language, Readonly<Record<string, string>>>>> = {
  'zh-TW': zhTwFields,
  'zh-CN': zhCnFields,
  vi: viFields,
};

/** What a value of a configuration is for, in one line. */
export function fieldText(field: Pick<ConfigField, 'path' | 'description'>, language: Language): string {
  return TRANSLATIONS[language]?.[field.path] ?? field.description ?? '';
}

/** The paths that a language explains; English has its explanations in the schema. */
export function explainedPaths(language: Language): readonly string[] {
  return Object.keys(TRANSLATIONS[language] ?? {});
}
