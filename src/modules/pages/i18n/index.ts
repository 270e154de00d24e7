export type { MessageKey } from './en.js';
export { explainedPaths, fieldText } from './fields/index.js';
export { I18n, pageContext } from './i18n.js';
export { LANGUAGE_COOKIE, languageMiddleware, languageOf } from './language.middleware.js';
export { isLanguage, LANGUAGE_CODES, LANGUAGES, preferredLanguage, type Language } from './languages.js';
