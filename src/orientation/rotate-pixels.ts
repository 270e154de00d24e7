import type { RgbImage, RotationCwDeg } from '../dataset/index.js';

/** Pixels are moved tile by tile, so that a large image's columns stay in the processor's cache. */
const TILE_PX = 32;

/** Turns an image clockwise; every pixel is moved and none is changed. */
export function rotatePixels(image: RgbImage, angleCwDeg: RotationCwDeg): RgbImage {
  const { widthPx, heightPx, data } = image;
  if (angleCwDeg === 0) return image;
  const sideways = angleCwDeg !== 180;
  const turned = new Uint8Array(data.length);
  // Where source pixel (0, 0) goes, and by how many pixels the target moves for one step in x and in y.
  const stepX = { 90: heightPx, 180: -1, 270: -heightPx }[angleCwDeg];
  const stepY = { 90: -1, 180: -widthPx, 270: 1 }[angleCwDeg];
  const origin = { 90: heightPx - 1, 180: widthPx * heightPx - 1, 270: (widthPx - 1) * heightPx }[angleCwDeg];
  for (let top = 0; top < heightPx; top += TILE_PX) {
    const bottom = Math.min(top + TILE_PX, heightPx);
    for (let left = 0; left < widthPx; left += TILE_PX) {
      const right = Math.min(left + TILE_PX, widthPx);
      for (let y = top; y < bottom; y++) {
        let from = 3 * (y * widthPx + left);
        let to = 3 * (origin + left * stepX + y * stepY);
        for (let x = left; x < right; x++, from += 3, to += 3 * stepX) {
          turned[to] = data[from]!;
          turned[to + 1] = data[from + 1]!;
          turned[to + 2] = data[from + 2]!;
        }
      }
    }
  }
  return { data: turned, widthPx: sideways ? heightPx : widthPx, heightPx: sideways ? widthPx : heightPx };
}
