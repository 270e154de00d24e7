/** One text in all languages: en, zh-TW, zh-CN, vi. */
export type InAllLanguages = readonly [en: string, zhTw: string, zhCn: string, vi: string];

type Column = 0 | 1 | 2 | 3;

/** One language's column of texts that are kept with the languages side by side. */
export function columnOf<K extends string>(
  texts: Readonly<Record<K, InAllLanguages>>,
  column: Column,
): Record<K, string> {
  return Object.fromEntries(
    (Object.entries(texts) as [K, InAllLanguages][]).map(([key, languages]) => [key, languages[column]]),
  ) as Record<K, string>;
}
