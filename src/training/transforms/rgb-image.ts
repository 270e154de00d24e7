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

/** Applies one table of 256 values a channel. */
export function applyTables(image: RgbImage, tables: readonly [Uint8Array, Uint8Array, Uint8Array]): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const [red, green, blue] = tables;
  for (let i = 0; i < image.data.length; i += 3) {
    out.data[i] = red[image.data[i]!]!;
    out.data[i + 1] = green[image.data[i + 1]!]!;
    out.data[i + 2] = blue[image.data[i + 2]!]!;
  }
  return out;
}

export function tableOf(map: (value: number) => number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, value) => map(value));
}
