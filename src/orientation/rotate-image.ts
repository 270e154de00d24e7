import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { replaceFileAtomic } from '../common/index.js';
import type { ImageFormat, RgbImage, RotationCwDeg } from '../dataset/index.js';

/** How rotated images are written; the pixels themselves are moved, never interpolated. */
export interface RotationEncoding {
  readonly jpegQuality: number;
  /** `4:4:4` keeps the colour of thin marks; `4:2:0` is what OpenCV writes. */
  readonly chromaSubsampling: '4:4:4' | '4:2:0';
}

export const DEFAULT_ROTATION_ENCODING: RotationEncoding = { jpegQuality: 95, chromaSubsampling: '4:4:4' };

/** The extension a rotated copy gets: JPEG stays JPEG; PNG and BMP (which sharp cannot write) become PNG. */
export function rotatedExtension(format: ImageFormat): 'jpg' | 'png' {
  return format === 'jpeg' ? 'jpg' : 'png';
}

/** Turns an image clockwise by a multiple of 90° and writes it as JPEG or PNG by the target's extension; whole or not at all. */
export async function writeRotated(
  image: RgbImage,
  angleCwDeg: RotationCwDeg,
  targetPath: string,
  encoding: RotationEncoding = DEFAULT_ROTATION_ENCODING,
): Promise<void> {
  const raw = { width: image.widthPx, height: image.heightPx, channels: 3 as const };
  const turned = sharp(image.data, { raw }).rotate(angleCwDeg);
  const encoded = targetPath.endsWith('.png')
    ? turned.png({ compressionLevel: 3 })
    : turned.jpeg({
        quality: encoding.jpegQuality,
        chromaSubsampling: encoding.chromaSubsampling,
        optimiseCoding: false,
      });
  // Written by us and not by libvips, so that a full disk keeps its error code.
  const bytes = await encoded.toBuffer();
  await replaceFileAtomic(targetPath, (temporaryPath) => writeFile(temporaryPath, bytes));
}
