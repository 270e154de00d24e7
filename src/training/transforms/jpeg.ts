import { clipByte, newImage, type RgbImage } from './rgb-image.js';

const SIDE = 8;
const AREA = SIDE * SIDE;

/** ITU-T T.81, annex K: the tables of quality 50 that nearly every encoder scales. */
// prettier-ignore
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];
// prettier-ignore
const CHROMINANCE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** Orthonormal DCT-II: row u, column x. */
const COSINES = Float32Array.from({ length: AREA }, (_, i) => {
  const [u, x] = [i >> 3, i & 7];
  return (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16);
});

const TRANSPOSED_COSINES = COSINES.map((_, i) => COSINES[(i & 7) * SIDE + (i >> 3)]!);

/**
 * What a picture looks like after it was stored as JPEG (full colour, 4:4:4) and read again: the transform and its
 * rounding, without the lossless coding. `quality` is libjpeg's, 1 to 100; the blocks start `gridX` and `gridY`
 * pixels (0 to 7) before the picture's corner.
 */
export function recompress(image: RgbImage, quality: number, gridX = 0, gridY = 0): RgbImage {
  const { widthPx: width, heightPx: height } = image;
  const columns = Math.ceil((width + gridX) / SIDE);
  const rows = Math.ceil((height + gridY) / SIDE);
  const tables = [scaled(LUMINANCE, quality), scaled(CHROMINANCE, quality)] as const;
  const out = newImage(width, height);
  const blocks = [new Float32Array(AREA), new Float32Array(AREA), new Float32Array(AREA)] as const;
  const scratch = new Float32Array(AREA);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [left, top] = [column * SIDE - gridX, row * SIDE - gridY];
      readBlock(image, left, top, blocks);
      for (let c = 0; c < 3; c++) quantise(blocks[c]!, scratch, tables[c === 0 ? 0 : 1]);
      writeBlock(out, left, top, blocks);
    }
  return out;
}

/** libjpeg's jpeg_quality_scaling. */
function scaled(table: readonly number[], quality: number): Float32Array {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  return Float32Array.from(table, (step) => Math.max(1, Math.min(255, Math.floor((step * percent + 50) / 100))));
}

/** Eight by eight pixels as Y − 128, Cb − 128 and Cr − 128; beyond the edge the border is repeated. */
function readBlock(
  { data, widthPx, heightPx }: RgbImage,
  left: number,
  top: number,
  [luma, blue, red]: readonly [Float32Array, Float32Array, Float32Array],
): void {
  for (let i = 0; i < AREA; i++) {
    const x = Math.max(0, Math.min(widthPx - 1, left + (i & 7)));
    const y = Math.max(0, Math.min(heightPx - 1, top + (i >> 3)));
    const at = (y * widthPx + x) * 3;
    const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!];
    luma[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b) - 128;
    blue[i] = Math.round(-0.168736 * r - 0.331264 * g + 0.5 * b);
    red[i] = Math.round(0.5 * r - 0.418688 * g - 0.081312 * b);
  }
}

function writeBlock(
  out: RgbImage,
  left: number,
  top: number,
  [luma, blue, red]: readonly [Float32Array, Float32Array, Float32Array],
): void {
  const { data, widthPx, heightPx } = out;
  for (let i = 0; i < AREA; i++) {
    const [x, y] = [left + (i & 7), top + (i >> 3)];
    if (x < 0 || y < 0 || x >= widthPx || y >= heightPx) continue;
    const at = (y * widthPx + x) * 3;
    // An encoded plane holds whole numbers.
    const [l, cb, cr] = [clipByte(luma[i]! + 128.5), Math.round(blue[i]!), Math.round(red[i]!)];
    data[at] = clipByte(l + 1.402 * cr + 0.5);
    data[at + 1] = clipByte(l - 0.344136 * cb - 0.714136 * cr + 0.5);
    data[at + 2] = clipByte(l + 1.772 * cb + 0.5);
  }
}

/** DCT, rounding to multiples of the table's steps, and back, in place. */
function quantise(block: Float32Array, scratch: Float32Array, steps: Float32Array): void {
  transform(block, scratch, COSINES);
  transform(scratch, block, COSINES);
  for (let i = 0; i < AREA; i++) block[i] = Math.round(block[i]! / steps[i]!) * steps[i]!;
  transform(block, scratch, TRANSPOSED_COSINES);
  transform(scratch, block, TRANSPOSED_COSINES);
}

/** Every row times the matrix, written as a column: applied twice it is the two-dimensional transform. */
function transform(from: Float32Array, to: Float32Array, matrix: Float32Array): void {
  for (let row = 0; row < SIDE; row++) {
    const at = row * SIDE;
    const [a, b, c, d] = [from[at]!, from[at + 1]!, from[at + 2]!, from[at + 3]!];
    const [e, f, g, h] = [from[at + 4]!, from[at + 5]!, from[at + 6]!, from[at + 7]!];
    for (let k = 0; k < AREA; k += SIDE)
      to[k + row] =
        a * matrix[k]! +
        b * matrix[k + 1]! +
        c * matrix[k + 2]! +
        d * matrix[k + 3]! +
        e * matrix[k + 4]! +
        f * matrix[k + 5]! +
        g * matrix[k + 6]! +
        h * matrix[k + 7]!;
  }
}
