import type { RgbImage, RotationCwDeg } from '../dataset/index.js';

/** One 32-bit word a pixel, bytes R, G, B, 255 in memory: a pixel moves in one step. Rows from top to bottom. */
export interface PackedImage {
  readonly words: Int32Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

const LITTLE_ENDIAN = new Uint8Array(Int32Array.of(1).buffer)[0] === 1;

export function packPixels({ data, widthPx, heightPx }: RgbImage): PackedImage {
  const words = new Int32Array(widthPx * heightPx);
  if (LITTLE_ENDIAN && data.byteOffset % 4 === 0) return { words: packQuads(data, words), widthPx, heightPx };
  const [red, blue, opaque] = LITTLE_ENDIAN ? [0, 16, 0xff00_0000] : [24, 8, 0xff];
  const green = LITTLE_ENDIAN ? 8 : 16;
  for (let i = 0, at = 0; i < words.length; i++, at += 3) {
    words[i] = (data[at]! << red) | (data[at + 1]! << green) | (data[at + 2]! << blue) | opaque;
  }
  return { words, widthPx, heightPx };
}

/** Four pixels from three words at a time: a third of the time that byte after byte takes. */
function packQuads(data: Uint8Array, words: Int32Array): Int32Array {
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
  const turned = new Int32Array(words.length);
  // Written in order and read along columns: neighbouring columns share cache lines, and stores are what costs.
  const step = angleCwDeg === 90 ? -widthPx : widthPx;
  for (let row = 0, to = 0; row < widthPx; row++) {
    let from = angleCwDeg === 90 ? (heightPx - 1) * widthPx + row : widthPx - 1 - row;
    for (let i = 0; i < heightPx; i++, from += step) turned[to++] = words[from]!;
  }
  return { words: turned, widthPx: heightPx, heightPx: widthPx };
}

/** The image's bytes: R, G, B, 255 for each pixel. */
export function packedBytes({ words }: PackedImage): Buffer {
  return Buffer.from(words.buffer, words.byteOffset, words.byteLength);
}
