import { en, type Messages } from './en.js';
import { vi } from './vi.js';
import { zhCn } from './zh-cn.js';
import { zhTw } from './zh-tw.js';

/** Name in the language itself, its texts, and the locale of its numbers and times. */
export const LANGUAGES = {
  en: { name: 'English', locale: 'en-GB', messages: en },
  'zh-TW': { name: '繁體中文', locale: 'zh-TW', messages: zhTw },
  'zh-CN': { name: '简体中文', locale: 'zh-CN', messages: zhCn },
  vi: { name: 'Tiếng Việt', locale: 'vi-VN', messages: vi },
} as const satisfies Record<string, { name: string; locale: string; messages: Messages }>;

export type Language = keyof typeof LANGUAGES;
export const LANGUAGE_CODES = Object.keys(LANGUAGES) as readonly Language[];

export function isLanguage(value: unknown): value is Language {
  return typeof value === 'string' && (LANGUAGE_CODES as readonly string[]).includes(value);
}

/** The language of ours that a browser likes best by its `Accept-Language`; English where it names none. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  // Programs name none.
  if (acceptLanguage === undefined) return 'en';
  const wishes = acceptLanguage
    .slice(0, 400)
    .split(',')
    .map((part, position) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const weight = Number(parameters.find((one) => one.trim().startsWith('q='))?.split('=')[1] ?? 1);
      return { tag: tag.trim(), weight: Number.isFinite(weight) ? weight : 0, position };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.position - b.position);
  for (const { tag } of wishes) {
    const language = languageOfTag(tag);
    if (language) return language;
  }
  return 'en';
}

/** Chinese goes by its script where one is named, else by its region: Taiwan, Hong Kong and Macau write traditionally. */
function languageOfTag(tag: string): Language | null {
  const [primary, ...rest] = tag.split('-');
  if (primary === 'zh') {
    if (rest.includes('hant')) return 'zh-TW';
    if (rest.includes('hans')) return 'zh-CN';
    return ['tw', 'hk', 'mo'].some((region) => rest.includes(region)) ? 'zh-TW' : 'zh-CN';
  }
  return primary === 'vi' || primary === 'en' ? primary : null;
}
