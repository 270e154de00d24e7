import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { decodeBmp, type RgbImage } from './bmp.js';
import { ImageDecodeError } from './image-decode-error.js';
import { sniffFormat } from './image-format.js';
import { decodePlainJpeg } from './jpeg-decoder.js';

// Inputs are buffers read once; an operation cache would only hold memory.
sharp.cache(false);

export interface DecodeLimits {
  /** Larger images are refused before their pixels are decoded. */
  readonly maxPixels: number;
  readonly maxFileBytes: number;
}

export const DEFAULT_DECODE_LIMITS: DecodeLimits = { maxPixels: 100_000_000, maxFileBytes: 512 * 1024 * 1024 };

/**
 * The one way from an image file to pixels: JPEG, PNG or BMP as 8-bit RGB, decoded to the last row.
 * Grey becomes RGB, alpha is dropped, embedded colour profiles are not applied (as Pillow and OpenCV do),
 * EXIF orientation is applied (people confirmed what a browser showed them). Every complaint of the
 * decoder counts: libjpeg reports damaged data as a mere warning and fills the rest with grey.
 * Throws ImageDecodeError when the file is empty, cut short, damaged, too large or none of the three formats.
 */
export async function decodeImage(path: string, limits: DecodeLimits = DEFAULT_DECODE_LIMITS): Promise<RgbImage> {
  return decodeImageBytes(await readImageFile(path, limits), limits);
}

/** `decodeImage` for bytes already in memory. */
export async function decodeImageBytes(
  bytes: Uint8Array,
  limits: DecodeLimits = DEFAULT_DECODE_LIMITS,
): Promise<RgbImage> {
  const format = sniffFormat(bytes);
  if (format === null) {
    throw new ImageDecodeError(
      bytes.length === 0 ? 'empty' : 'unsupportedContent',
      bytes.length === 0 ? 'the file is empty' : 'the content is no JPEG, PNG or BMP image',
    );
  }
  if (format === 'bmp') return decodeBmp(bytes, limits.maxPixels);
  if (format === 'jpeg') {
    const plain = await decodePlainJpeg(bytes, limits.maxPixels);
    if (plain !== null) return plain;
  }
  try {
    const { data, info } = await sharp(bytes, {
      failOn: 'warning',
      limitInputPixels: limits.maxPixels,
      ignoreIcc: true,
    })
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data: toRgb(data, info.channels), widthPx: info.width, heightPx: info.height };
  } catch (error) {
    throw translate(error, bytes, limits);
  }
}

/** The bytes of an image file; ImageDecodeError when it is empty, too large or cannot be read. */
export async function readImageFile(path: string, limits: DecodeLimits = DEFAULT_DECODE_LIMITS): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size === 0) throw new ImageDecodeError('empty', 'the file is empty');
    if (size > limits.maxFileBytes) {
      throw new ImageDecodeError('tooLarge', `${size} bytes are above the limit of ${limits.maxFileBytes} bytes`);
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof ImageDecodeError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    throw new ImageDecodeError('unreadable', `the file cannot be read (${code ?? 'unknown error'})`, { cause: error });
  }
}

function toRgb(data: Buffer, channels: number): Uint8Array {
  if (channels === 3) return data;
  const pixels = data.length / channels;
  const rgb = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3);
  return rgb;
}

function translate(error: unknown, bytes: Uint8Array, limits: DecodeLimits): ImageDecodeError {
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim();
  if (/pixel limit/i.test(text)) {
    return new ImageDecodeError('tooManyPixels', `the image is above the limit of ${limits.maxPixels} pixels`, {
      cause: error,
    });
  }
  const cut = /truncat|premature/i.test(text) || (sniffFormat(bytes) === 'png' && !hasPngEnd(bytes));
  return new ImageDecodeError(cut ? 'truncated' : 'corrupt', `the image cannot be decoded to its end: ${text}`, {
    cause: error,
  });
}

function hasPngEnd(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).lastIndexOf('IEND', undefined, 'latin1') > 0;
}
