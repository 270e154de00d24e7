import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { mapConcurrently } from './concurrency.js';
import { decodeImageBytes, DEFAULT_DECODE_LIMITS, readImageFile, type DecodeLimits } from './decode-image.js';
import { ImageDecodeError, type ImageDecodeReason } from './image-decode-error.js';
import { formatOfExtension, sniffFormat, type ImageFormat } from './image-format.js';
import { imageExtension } from './image-name.js';
import { differenceHash, hashToHex } from './perceptual-hash.js';
import { encodeThumbnail, decodeThumbnail, greyGrid, THUMBNAIL_SIDE } from './thumbnail.js';

/** What an image holds, found by decoding it to its end. Plain JSON. */
export interface ImageContent {
  /** SHA-256 of the file's bytes, hex. */
  readonly sha256: string;
  /** 64-bit difference hash, 16 hex digits. */
  readonly dHash: string;
  /** 24 × 24 grey picture, base64: enough to compare images without decoding them again. */
  readonly thumbnail: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly format: ImageFormat;
  readonly sizeBytes: number;
}

export type InspectionResult =
  | { readonly ok: true; readonly content: ImageContent }
  | { readonly ok: false; readonly code: ImageDecodeReason; readonly reason: string };

/** Decodes the whole image and describes it, or says why it cannot be used. Throws only on a programming error. */
export async function inspectImage(
  path: string,
  limits: DecodeLimits = DEFAULT_DECODE_LIMITS,
): Promise<InspectionResult> {
  try {
    const bytes = await readImageFile(path, limits);
    const format = requireFormat(path, bytes);
    const image = await decodeImageBytes(bytes, limits);
    const thumbnail = encodeThumbnail(greyGrid(image, THUMBNAIL_SIDE));
    const content: ImageContent = {
      sha256: createHash('sha256').update(bytes).digest('hex'),
      // Of the stored thumbnail, so that whoever has only that computes the same hash.
      dHash: hashToHex(differenceHash(decodeThumbnail(thumbnail))),
      thumbnail,
      widthPx: image.widthPx,
      heightPx: image.heightPx,
      format,
      sizeBytes: bytes.length,
    };
    return { ok: true, content };
  } catch (error) {
    if (error instanceof ImageDecodeError) return { ok: false, code: error.code, reason: error.message };
    throw error;
  }
}

export interface InspectOptions {
  readonly signal?: AbortSignal;
  readonly limits?: DecodeLimits;
  /** Images decoded at a time; by default one more than the cores. */
  readonly concurrency?: number;
}

/** Inspects a stream of files with bounded concurrency; results come in the order of the input. */
export async function* inspectImages<T extends { readonly absolutePath: string }>(
  files: AsyncIterable<T> | Iterable<T>,
  { signal, limits, concurrency = availableParallelism() + 1 }: InspectOptions = {},
): AsyncGenerator<{ readonly file: T; readonly result: InspectionResult }> {
  const inspect = async (file: T): Promise<{ file: T; result: InspectionResult }> => ({
    file,
    result: await inspectImage(file.absolutePath, limits),
  });
  yield* mapConcurrently(files, inspect, { concurrency, signal });
}

function requireFormat(path: string, bytes: Uint8Array): ImageFormat {
  const format = sniffFormat(bytes);
  const extension = imageExtension(path);
  if (format === null) {
    throw new ImageDecodeError('unsupportedContent', 'the content is no JPEG, PNG or BMP image');
  }
  if (extension !== null && formatOfExtension(extension) !== format) {
    throw new ImageDecodeError(
      'contentMismatch',
      `expected ${formatOfExtension(extension)} content by the name, got ${format}; rename the file`,
    );
  }
  return format;
}
