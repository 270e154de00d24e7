import { badInput, errorMessage } from '../../common/index.js';
import { decodeImage, type RgbImage } from '../../dataset/index.js';
import { toPlanes } from './planes.js';
import { resizeBilinear } from './resize.js';

/**
 * `decodeImage` of the data set (8-bit RGB, EXIF orientation applied: it is what the person who confirmed the
 * orientation saw), with an error that names the file.
 * @throws AppError `IMAGE_UNREADABLE`.
 */
export async function decodeTrainingImage(path: string): Promise<RgbImage> {
  try {
    return await decodeImage(path);
  } catch (error) {
    throw badInput(
      'IMAGE_UNREADABLE',
      `expected a readable JPEG, PNG or BMP picture, got ${path}: ${errorMessage(error)}. Remove or replace the file.`,
      { path },
    );
  }
}

/** Decodes and resizes exactly as Pillow's bilinear: [3, sizePx, sizePx] float32 RGB in [0, 1]. */
export async function decodeToPlanes(path: string, sizePx: number): Promise<Float32Array> {
  return toPlanes(resizeBilinear(await decodeTrainingImage(path), sizePx));
}
