/** One error text in the languages that errors speak beside English, in the order of `TRANSLATED_LANGUAGES`. */
export type Translations = readonly [zhTw: string, zhCn: string, vi: string];

export const TRANSLATED_LANGUAGES = ['zh-TW', 'zh-CN', 'vi'] as const;
