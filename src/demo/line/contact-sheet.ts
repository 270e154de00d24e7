import { createCanvas } from '@napi-rs/canvas';
import type { Picture } from './picture.js';

/** Lays pictures out in rows of cells, for a person to look at; returns a PNG. */
export async function contactSheet(rows: readonly (readonly Picture[])[], cellPx = 170): Promise<Buffer> {
  const columns = Math.max(...rows.map((row) => row.length));
  const sheet = createCanvas(columns * cellPx, rows.length * cellPx);
  const ctx = sheet.getContext('2d');
  ctx.fillStyle = '#777';
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  rows.forEach((row, y) =>
    row.forEach((picture, x) => {
      const own = createCanvas(picture.widthPx, picture.heightPx);
      const ownCtx = own.getContext('2d');
      const image = ownCtx.createImageData(picture.widthPx, picture.heightPx);
      image.data.set(picture.rgba);
      ownCtx.putImageData(image, 0, 0);
      const scale = Math.min(1, (cellPx - 4) / Math.max(picture.widthPx, picture.heightPx));
      ctx.drawImage(own, x * cellPx + 2, y * cellPx + 2, picture.widthPx * scale, picture.heightPx * scale);
    }),
  );
  return sheet.encode('png');
}
