export { ensureDiskSpace, explainDiskError, freeDiskBytes, type DiskNeed } from './disk-space.js';
export { isProcessAlive, withFileLock, type FileLockOptions } from './file-lock.js';
export { removeOwn } from './remove-own.js';
export { isInside, realPathOf, resolveInside, resolveUnderRoots } from './safe-path.js';
export {
  THUMBNAIL_SIZES_PX,
  ThumbnailCache,
  type Thumbnail,
  type ThumbnailPixels,
  type ThumbnailSizePx,
} from './thumbnail-cache.js';
