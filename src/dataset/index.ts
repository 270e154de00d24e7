export type { RgbImage } from './bmp.js';
export {
  classFolderName,
  classKeyId,
  nameClasses,
  safeFileName,
  type ClassKey,
  type ClassNaming,
} from './class-key.js';
export { decodeImage, decodeImageBytes, DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-image.js';
export { ImageDecodeError, type ImageDecodeReason } from './image-decode-error.js';
export {
  captureDay,
  imageExtension,
  IMAGE_EXTENSIONS,
  metadataImagePath,
  parseImageName,
  type ImageExtension,
  type ImageName,
  type ImageNameReason,
  type ParsedImageName,
} from './image-name.js';
export type { ManifestRow, Split } from './manifest.js';
export { NG_LABEL, ORIENTATIONS, ROTATIONS_CW_DEG, type Orientation, type RotationCwDeg } from './orientation-name.js';
export { RunFolder } from './run-folder.js';
