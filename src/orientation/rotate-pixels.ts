import type { RgbImage, RotationCwDeg } from '../dataset/index.js';

/** One 32-bit word a pixel, bytes R, G, B, 255 in memory: a pixel moves in one step. Rows from top to bottom. */
export interface PackedImage {
  readonly words: Uint32Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Pixels are moved tile by tile, so that a large image's columns stay in the processor's cache. */
const TILE_PX = 64;
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export function packPixels({ data, widthPx, heightPx }: RgbImage): PackedImage {
  const words = new Uint32Array(widthPx * heightPx);
  const [red, blue, opaque] = LITTLE_ENDIAN ? [0, 16, 0xff00_0000] : [24, 8, 0xff];
  const green = LITTLE_ENDIAN ? 8 : 16;
  for (let i = 0, at = 0; i < words.length; i++, at += 3) {
    words[i] = (data[at]! << red) | (data[at + 1]! << green) | (data[at + 2]! << blue) | opaque;
  }
  return { words, widthPx, heightPx };
}

/** Turns an image clockwise; every pixel is moved and none is changed. */
export function rotatePixels(image: PackedImage, angleCwDeg: RotationCwDeg): PackedImage {
  const { words, widthPx, heightPx } = image;
  if (angleCwDeg === 0) return image;
  if (angleCwDeg === 180) return { words: words.slice().reverse(), widthPx, heightPx };
  const turned = new Uint32Array(words.length);
  // Where source pixel (0, 0) goes, and how far the target moves for one step in x and in y.
  const [origin, stepX, stepY] =
    angleCwDeg === 90 ? [heightPx - 1, heightPx, -1] : [(widthPx - 1) * heightPx, -heightPx, 1];
  for (let top = 0; top < heightPx; top += TILE_PX) {
    const bottom = Math.min(top + TILE_PX, heightPx);
    for (let left = 0; left < widthPx; left += TILE_PX) {
      const right = Math.min(left + TILE_PX, widthPx);
      for (let y = top; y < bottom; y++) {
        let to = origin + left * stepX + y * stepY;
        for (let from = y * widthPx + left; from < y * widthPx + right; from++, to += stepX) turned[to] = words[from]!;
      }
    }
  }
  return { words: turned, widthPx: heightPx, heightPx: widthPx };
}

/** The image's bytes: R, G, B, 255 for each pixel. */
export function packedBytes({ words }: PackedImage): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}
