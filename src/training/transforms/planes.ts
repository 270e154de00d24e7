import type { RgbImage } from './rgb-image.js';

/** Writes an image as [3, height, width] float32 in [0, 1] into `target` from `offset`. */
export function writePlanes(image: RgbImage, target: Float32Array, offset = 0): void {
  const area = image.widthPx * image.heightPx;
  const { data } = image;
  for (let i = 0, pixel = 0; pixel < area; pixel++, i += 3) {
    target[offset + pixel] = data[i]! / 255;
    target[offset + area + pixel] = data[i + 1]! / 255;
    target[offset + 2 * area + pixel] = data[i + 2]! / 255;
  }
}

export function toPlanes(image: RgbImage): Float32Array {
  const planes = new Float32Array(3 * image.widthPx * image.heightPx);
  writePlanes(image, planes);
  return planes;
}

/** (x - mean) / std for each of the three planes, in place; both on pixels in [0, 1]. */
export function normalisePlanes(planes: Float32Array, mean: readonly number[], std: readonly number[]): Float32Array {
  const area = planes.length / 3;
  for (let channel = 0; channel < 3; channel++)
    for (let i = channel * area; i < (channel + 1) * area; i++)
      planes[i] = (planes[i]! - mean[channel]!) / std[channel]!;
  return planes;
}
