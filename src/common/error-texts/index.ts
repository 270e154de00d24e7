export { ENGLISH_ONLY_CODES } from './english-only.js';
export { errorText, errorTextSaysAll, ERROR_TEXTS, placesOf } from './error-texts.js';
export { TRANSLATED_LANGUAGES, type Translations } from './translations.js';
