import type { RgbImage, RotationCwDeg } from '../dataset/index.js';

/** One 32-bit word a pixel, bytes R, G, B, 255 in memory: a pixel moves in one step. Rows from top to bottom. */
export interface PackedImage {
  readonly words: Uint32Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Pixels are moved tile by tile, so that a large image's columns stay in the processor's cache. */
const TILE_PX = 32;
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export function packPixels({ data, widthPx, heightPx }: RgbImage): PackedImage {
  const words = new Uint32Array(widthPx * heightPx);
  if (LITTLE_ENDIAN && data.byteOffset % 4 === 0) return { words: packQuads(data, words), widthPx, heightPx };
  const [red, blue, opaque] = LITTLE_ENDIAN ? [0, 16, 0xff00_0000] : [24, 8, 0xff];
  const green = LITTLE_ENDIAN ? 8 : 16;
  for (let i = 0, at = 0; i < words.length; i++, at += 3) {
    words[i] = (data[at]! << red) | (data[at + 1]! << green) | (data[at + 2]! << blue) | opaque;
  }
  return { words, widthPx, heightPx };
}

/** Four pixels from three words at a time: a third of the time that byte after byte takes. */
function packQuads(data: Uint8Array, words: Uint32Array): Uint32Array {
  const quads = words.length >> 2;
  const source = new Int32Array(data.buffer, data.byteOffset, quads * 3);
  for (let i = 0, from = 0, to = 0; i < quads; i++, from += 3, to += 4) {
    const first = source[from]!;
    const second = source[from + 1]!;
    const third = source[from + 2]!;
    words[to] = first | 0xff00_0000;
    words[to + 1] = (first >>> 24) | (second << 8) | 0xff00_0000;
    words[to + 2] = (second >>> 16) | (third << 16) | 0xff00_0000;
    words[to + 3] = (third >>> 8) | 0xff00_0000;
  }
  for (let i = quads * 4; i < words.length; i++) {
    words[i] = data[3 * i]! | (data[3 * i + 1]! << 8) | (data[3 * i + 2]! << 16) | 0xff00_0000;
  }
  return words;
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
