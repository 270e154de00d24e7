export { ensureDiskSpace, explainDiskError, freeDiskBytes, type DiskNeed } from './disk-space.js';
export { isProcessAlive, withFileLock, type FileLockOptions } from './file-lock.js';
export { removeOwn } from './remove-own.js';
export { isInside, isInsideAny, isPlainRelativePath, realOrAsNamed, realPathOf, resolveInside } from './safe-path.js';
export { readZip, type ZipEntry, type ZipLimits } from './read-zip.js';
export {
  pruneThumbnails,
  THUMBNAIL_SIZES_PX,
  ThumbnailCache,
  type Thumbnail,
  type ShrinkPicture,
  type ThumbnailSizePx,
} from './thumbnail-cache.js';
