import { writeFile } from 'node:fs/promises';
import { replaceFileAtomic } from '../common/index.js';
import type { ImageFormat, RgbImage, RotationCwDeg } from '../dataset/index.js';
import { DEFAULT_ROTATION_ENCODING, encodeJpeg, encodePng, type RotationEncoding } from './encode-image.js';
import { rotatePixels } from './rotate-pixels.js';

/** The extension a rotated copy gets: JPEG stays JPEG; PNG and BMP become PNG, which is lossless. */
export function rotatedExtension(format: ImageFormat): 'jpg' | 'png' {
  return format === 'jpeg' ? 'jpg' : 'png';
}

/** Turns an image clockwise and writes it as JPEG or PNG by the target's extension; whole or not at all. */
export async function writeRotated(
  image: RgbImage,
  angleCwDeg: RotationCwDeg,
  targetPath: string,
  encoding: RotationEncoding = DEFAULT_ROTATION_ENCODING,
): Promise<void> {
  const turned = rotatePixels(image, angleCwDeg);
  const bytes = targetPath.endsWith('.png') ? await encodePng(turned) : await encodeJpeg(turned, encoding);
  await replaceFileAtomic(targetPath, (temporaryPath) => writeFile(temporaryPath, bytes));
}
