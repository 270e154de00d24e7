import { writeFileSync } from 'node:fs';
import type { ImageFormat, RotationCwDeg } from '../dataset/index.js';
import { DEFAULT_ROTATION_ENCODING, encodeJpeg, encodePng, type RotationEncoding } from './encode-image.js';
import { rotatePixels, type PackedImage } from './rotate-pixels.js';

/** The extension a rotated copy gets: JPEG stays JPEG; PNG and BMP become PNG, which is lossless. */
export function rotatedExtension(format: ImageFormat): 'jpg' | 'png' {
  return format === 'jpeg' ? 'jpg' : 'png';
}

/**
 * Turns an image clockwise and writes it as JPEG or PNG by the target's extension, into a folder that exists.
 * The caller notes which files are whole: a rename for each would cost more than the rotation.
 */
export async function writeRotated(
  image: PackedImage,
  angleCwDeg: RotationCwDeg,
  targetPath: string,
  encoding: RotationEncoding = DEFAULT_ROTATION_ENCODING,
): Promise<void> {
  const turned = rotatePixels(image, angleCwDeg);
  const bytes = targetPath.endsWith('.png') ? await encodePng(turned) : await encodeJpeg(turned, encoding);
  // A few kilobytes into the page cache: three trips through the thread pool would take four times as long.
  writeFileSync(targetPath, bytes);
}
