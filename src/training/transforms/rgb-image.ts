import type { RgbImage } from '../../dataset/index.js';

export type { RgbImage };

/** A black picture. */
export function newImage(widthPx: number, heightPx: number): RgbImage {
  return { widthPx, heightPx, data: new Uint8Array(widthPx * heightPx * 3) };
}

/** Truncates towards zero and clips to a byte, as Pillow's float paths do. */
export function clipByte(value: number): number {
  return Math.max(0, Math.min(255, value)) | 0;
}

/** Rec. 601 luma in Pillow's fixed point (`convert("L")`). */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

export type ChannelTables = readonly [red: Uint8Array, green: Uint8Array, blue: Uint8Array];

/** Applies one table of 256 values a channel. */
export function applyTables(image: RgbImage, tables: ChannelTables): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const [source, target] = [image.data, out.data];
  const [red, green, blue] = tables;
  for (let i = 0; i < source.length; i += 3) {
    target[i] = red[source[i]!]!;
    target[i + 1] = green[source[i + 1]!]!;
    target[i + 2] = blue[source[i + 2]!]!;
  }
  return out;
}

export function tableOf(map: (value: number) => number): Uint8Array {
  const table = new Uint8Array(256);
  for (let value = 0; value < 256; value++) table[value] = map(value);
  return table;
}

/** The same bytes, through which whole numbers are clipped to a byte as they are written. */
export function clippingView({ data }: RgbImage): Uint8ClampedArray {
  return new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
}
