import { createCanvas } from '@napi-rs/canvas';
import type { Picture } from './picture.js';

export type FileFormat = 'jpeg' | 'png' | 'bmp';

const JPEG_QUALITY = 92;

/** The bytes of an image file. */
export async function encodePicture(picture: Picture, format: FileFormat): Promise<Buffer> {
  if (format === 'bmp') return encodeBmp(picture);
  const canvas = createCanvas(picture.widthPx, picture.heightPx);
  const ctx = canvas.getContext('2d');
  const image = ctx.createImageData(picture.widthPx, picture.heightPx);
  image.data.set(picture.rgba);
  ctx.putImageData(image, 0, 0);
  return format === 'png' ? canvas.encode('png') : canvas.encode('jpeg', JPEG_QUALITY);
}

/** Uncompressed 24-bit bitmap, rows from the bottom up (Microsoft, "Bitmap Storage"). */
function encodeBmp({ widthPx, heightPx, rgba }: Picture): Buffer {
  const headerBytes = 54;
  const rowBytes = Math.ceil((widthPx * 3) / 4) * 4;
  const file = Buffer.alloc(headerBytes + rowBytes * heightPx);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(headerBytes, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(widthPx, 18);
  file.writeInt32LE(heightPx, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(rowBytes * heightPx, 34);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const from = (y * widthPx + x) * 4;
      const to = headerBytes + (heightPx - 1 - y) * rowBytes + x * 3;
      file[to] = rgba[from + 2]!;
      file[to + 1] = rgba[from + 1]!;
      file[to + 2] = rgba[from]!;
    }
  return file;
}
