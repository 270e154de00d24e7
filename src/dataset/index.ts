export type { RgbImage } from './bmp.js';
export {
  CrossSplitCounter,
  readCertificate,
  SplitDigest,
  sumEdges,
  verifyCertificate,
  type CertificateCheck,
  type CrossSplitEdges,
  type SplitCertificate,
  type VerifyOptions,
} from './certificate.js';
export {
  classFolderName,
  classKeyId,
  nameClasses,
  safeFileName,
  type ClassKey,
  type ClassNaming,
} from './class-key.js';
export { instanceKey, type ClassifiedImage } from './classified-image.js';
export { mapConcurrently, type ConcurrencyOptions } from './concurrency.js';
export { originalFileName, turnedStem } from './copy-name.js';
export { decodeImage, decodeImageBytes, DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-image.js';
export { ImageDecodeError, type ImageDecodeReason } from './image-decode-error.js';
export { type ImageFormat } from './image-format.js';
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
export {
  inspectImage,
  inspectImages,
  type ImageContent,
  type InspectionResult,
  type InspectOptions,
} from './inspect-image.js';
export { loadManifest, readManifest, writeManifest, type ManifestRow, type Split } from './manifest.js';
export { dot, findNearDuplicates, MIN_CORRELATION, type NearDuplicatePair } from './near-duplicates.js';
export {
  canonicalOrientation,
  NG_LABEL,
  ORIENTATIONS,
  ROTATIONS_CW_DEG,
  turnCw,
  type Orientation,
  type RotationCwDeg,
  type SymmetryOrder,
} from './orientation-name.js';
export { measurePixels, PixelStatistics, type MeanStd, type PixelSums } from './pixel-statistics.js';
export { linkRawData, removeOthers, uniqueStems } from './raw-data.js';
export { writeRejectedCsv, type RejectedFile, type RejectionStage } from './rejected-file.js';
export { RunFolder } from './run-folder.js';
export { scanInput, type ScanEntry, type ScannedImage } from './scan-input.js';
export { withSmallPicture, type SmallPictureSpec } from './small-picture.js';
export { splitBySource, type Side, type SourceSplit, type SplitSpec, type StratumSplit } from './split.js';
export { findTemporaryFiles, removeTemporaryFiles } from './temporary-files.js';
export { decodeThumbnail, normalizeGrid, rotateGridCw, type GreyGrid } from './thumbnail.js';
