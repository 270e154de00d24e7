import type { RgbImage } from './bmp.js';
import type { RotationCwDeg } from './orientation-name.js';

/** Side of the square grey thumbnail kept with every image. */
export const THUMBNAIL_SIDE = 24;

/** A square grey picture, row by row, 0..255. */
export interface GreyGrid {
  readonly side: number;
  readonly values: Float32Array;
}

/** Area average of the whole image on a `side` × `side` grid; the aspect ratio is not kept. Luma of ITU-R BT.601. */
export function greyGrid(image: RgbImage, side: number): GreyGrid {
  const { data, widthPx, heightPx } = image;
  const columns = coverage(widthPx, side);
  const rows = coverage(heightPx, side);
  const values = new Float32Array(side * side);
  const line = new Float64Array(widthPx);
  for (let gy = 0; gy < side; gy++) {
    line.fill(0);
    for (const [y, weightY] of rows[gy]!) {
      for (let x = 0, at = y * widthPx * 3; x < widthPx; x++, at += 3) {
        line[x]! += weightY * (0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!);
      }
    }
    for (let gx = 0; gx < side; gx++) {
      let sum = 0;
      for (const [x, weightX] of columns[gx]!) sum += weightX * line[x]!;
      values[gy * side + gx] = sum;
    }
  }
  return { side, values };
}

export function rotateGridCw(grid: GreyGrid, angleCwDeg: RotationCwDeg): GreyGrid {
  const { side, values } = grid;
  const last = side - 1;
  const turned = new Float32Array(values.length);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [sx, sy] = sourceOf(x, y, last, angleCwDeg);
      turned[y * side + x] = values[sy * side + sx]!;
    }
  }
  return { side, values: turned };
}

/** The thumbnail as text, for manifests and databases. */
export function encodeThumbnail(grid: GreyGrid): string {
  return Buffer.from(Uint8Array.from(grid.values, (value) => Math.round(value))).toString('base64');
}

export function decodeThumbnail(text: string): GreyGrid {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== THUMBNAIL_SIDE ** 2) {
    throw new RangeError(`thumbnail: expected ${THUMBNAIL_SIDE ** 2} bytes as base64, got ${bytes.length}`);
  }
  return { side: THUMBNAIL_SIDE, values: Float32Array.from(bytes) };
}

/** Zero mean and unit length, so that a dot product is a correlation; all zeros for a flat picture. */
export function normalizeGrid(grid: GreyGrid): Float32Array {
  const { values } = grid;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const centred = values.map((value) => value - mean);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  // Below half a grey level of contrast there is nothing but rounding.
  return length < 0.5 * Math.sqrt(values.length) ? centred.fill(0) : centred.map((value) => value / length);
}

type Weighted = readonly [index: number, weight: number];

/** For each of `cells` equal spans of `length` pixels: which pixels it covers and by what share. */
export function coverage(length: number, cells: number): Weighted[][] {
  const span = length / cells;
  return Array.from({ length: cells }, (_, cell) => {
    const [start, end] = [cell * span, (cell + 1) * span];
    const covered: Weighted[] = [];
    for (let i = Math.floor(start); i < Math.min(length, Math.ceil(end)); i++) {
      const share = (Math.min(i + 1, end) - Math.max(i, start)) / span;
      if (share > 0) covered.push([i, share]);
    }
    return covered;
  });
}

function sourceOf(x: number, y: number, last: number, angleCwDeg: RotationCwDeg): [number, number] {
  switch (angleCwDeg) {
    case 0:
      return [x, y];
    case 90:
      return [y, last - x];
    case 180:
      return [last - x, last - y];
    case 270:
      return [last - y, x];
  }
}
