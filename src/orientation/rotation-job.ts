import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { badInput } from '../common/index.js';
import {
  decodeImageBytes,
  DEFAULT_DECODE_LIMITS,
  ImageDecodeError,
  measurePixels,
  type PixelSums,
  type RgbImage,
  type RotationCwDeg,
} from '../dataset/index.js';
import { encodeJpeg, encodePng, type RotationEncoding } from './encode-image.js';
import { packPixels, rotatePixels } from './rotate-pixels.js';

/** One original and the turned copies to write of it. Plain data: it crosses to a thread. */
export interface RotationJob {
  readonly sourcePath: string;
  /** SHA-256 that the source must still have, hex. */
  readonly sha256: string;
  /** Pixels that the source had when it was inspected. */
  readonly pixelCount: number;
  /** Each as JPEG or PNG by the path's extension, into a folder that exists. */
  readonly targets: readonly { readonly angleCwDeg: RotationCwDeg; readonly path: string }[];
  /** Side in px at which to sum the pixels, or null. */
  readonly measureAtPx: number | null;
  readonly encoding: RotationEncoding;
}

/**
 * Reads and decodes an original once and writes its turned copies; returns the sums of its pixels when asked
 * to. Runs in a thread of its own, so it works without pauses: a few kilobytes into the page cache take less
 * time than the way through Node's thread pool. Which files are whole, the caller notes.
 * Throws AppError (badInput) when the source is gone, was changed or does not decode.
 */
export async function runRotationJob(job: RotationJob): Promise<PixelSums | null> {
  const image = await decodeSource(job);
  const packed = packPixels(image);
  for (const { angleCwDeg, path } of job.targets) {
    const turned = rotatePixels(packed, angleCwDeg);
    writeFileSync(path, path.endsWith('.png') ? await encodePng(turned) : await encodeJpeg(turned, job.encoding));
  }
  return job.measureAtPx === null ? null : measurePixels(image, job.measureAtPx);
}

async function decodeSource({ sourcePath, sha256, pixelCount }: RotationJob): Promise<RgbImage> {
  const details = { path: sourcePath };
  let bytes: Buffer;
  try {
    bytes = readFileSync(sourcePath);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw badInput(
      'SOURCE_MISSING',
      `${sourcePath}: expected the image that was classified, but it cannot be read (${code}); put it back or start a new run`,
      details,
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
    throw badInput(
      'SOURCE_CHANGED',
      `${sourcePath}: the file is not the one that was classified any more; start a new run`,
      details,
    );
  }
  try {
    return await decodeImageBytes(bytes, { ...DEFAULT_DECODE_LIMITS, maxPixels: pixelCount });
  } catch (error) {
    if (!(error instanceof ImageDecodeError)) throw error;
    throw badInput('SOURCE_BROKEN', `${sourcePath}: ${error.message}; inspect the input again`, details);
  }
}
