export { AppError, badInput, errorMessage, ERROR_KINDS, isUnrecoverable, type ErrorKind } from './app-error.js';
export {
  isTemporaryName,
  linkOrCopy,
  replaceFileAtomic,
  sha256File,
  writeFileAtomic,
  writeJsonAtomic,
} from './atomic-file.js';
export {
  ENGLISH_ONLY_CODES,
  errorText,
  errorTextSaysAll,
  ERROR_TEXTS,
  placesOf,
  TRANSLATED_LANGUAGES,
} from './error-texts/index.js';
export { ContextSlot } from './context.js';
export { fromErrorWire, toErrorWire, type ErrorWire } from './error-wire.js';
export { digitsBelow, wholeTime } from './figures.js';
export { nearest } from './nearest.js';
export { silentContext, type StepContext, type StepLog, type StepProgress } from './progress.js';
export { assertMayPublish, currentPublishGuard, withPublishGuard, type PublishGuard } from './publish-guard.js';
export { Random } from './random.js';
export { renameIntoPlace, type RenameOptions } from './rename-into-place.js';
export { StopRequest } from './stop-request.js';
