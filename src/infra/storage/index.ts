export { isProcessAlive, withFileLock, type FileLockOptions } from './file-lock.js';
