import { AREA, DCT_SCALES, forwardDct, INVERSE_DCT_SCALES, inverseDct, SIDE } from './dct.js';
import { clippingView, newImage, type RgbImage } from './rgb-image.js';

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

type Blocks = readonly [luma: Float64Array, blue: Float64Array, red: Float64Array];

/** What a coefficient as the transform gives it is multiplied by before it is rounded, and after. */
interface Quantiser {
  readonly inverseSteps: Float64Array;
  readonly steps: Float64Array;
}

/**
 * What a picture looks like after it was stored as JPEG (full colour, 4:4:4) and read again: the transform and its
 * rounding, without the lossless coding. `quality` is libjpeg's, 1 to 100; the blocks start `gridX` and `gridY`
 * pixels (0 to 7) before the picture's corner.
 */
export function recompress(image: RgbImage, quality: number, gridX = 0, gridY = 0): RgbImage {
  const { widthPx: width, heightPx: height } = image;
  const luminance = quantiserOf(LUMINANCE, quality);
  const chrominance = quantiserOf(CHROMINANCE, quality);
  const out = newImage(width, height);
  const blocks: Blocks = [new Float64Array(AREA), new Float64Array(AREA), new Float64Array(AREA)];
  const target = clippingView(out);
  for (let top = -gridY; top < height; top += SIDE)
    for (let left = -gridX; left < width; left += SIDE) {
      readBlock(image, left, top, blocks);
      roundTrip(blocks[0], luminance);
      roundTrip(blocks[1], chrominance);
      roundTrip(blocks[2], chrominance);
      writeBlock(out, target, left, top, blocks);
    }
  return out;
}

/** libjpeg's jpeg_quality_scaling. */
function quantiserOf(table: readonly number[], quality: number): Quantiser {
  const percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
  const steps = table.map((step) => Math.max(1, Math.min(255, Math.floor((step * percent + 50) / 100))));
  return {
    inverseSteps: Float64Array.from(steps, (step, i) => 1 / (step * DCT_SCALES[i]!)),
    steps: Float64Array.from(steps, (step, i) => step * INVERSE_DCT_SCALES[i]!),
  };
}

// Colours in 16-bit fixed point, as libjpeg's jccolor.c and jdcolor.c; a plane holds whole numbers.
const HALF = 1 << 15;

/** Eight by eight pixels as Y − 128, Cb − 128 and Cr − 128; beyond the edge the border is repeated. */
function readBlock({ data, widthPx, heightPx }: RgbImage, left: number, top: number, [luma, blue, red]: Blocks): void {
  for (let i = 0, y = top; y < top + SIDE; y++) {
    const row = Math.max(0, Math.min(heightPx - 1, y)) * widthPx;
    for (let x = left; x < left + SIDE; x++, i++) {
      const at = (row + Math.max(0, Math.min(widthPx - 1, x))) * 3;
      const r = data[at]!;
      const g = data[at + 1]!;
      const b = data[at + 2]!;
      luma[i] = ((19595 * r + 38470 * g + 7471 * b + HALF) >> 16) - 128;
      blue[i] = (-11059 * r - 21709 * g + 32768 * b + HALF - 1) >> 16;
      red[i] = (32768 * r - 27439 * g - 5329 * b + HALF - 1) >> 16;
    }
  }
}

function writeBlock(
  out: RgbImage,
  target: Uint8ClampedArray,
  left: number,
  top: number,
  [luma, blue, red]: Blocks,
): void {
  const [endX, endY] = [Math.min(left + SIDE, out.widthPx), Math.min(top + SIDE, out.heightPx)];
  for (let y = Math.max(0, top); y < endY; y++)
    for (let x = Math.max(0, left); x < endX; x++) {
      const i = (y - top) * SIDE + x - left;
      const at = (y * out.widthPx + x) * 3;
      const l = Math.max(0, Math.min(255, Math.floor(luma[i]! + 128.5)));
      const cb = Math.floor(blue[i]! + 0.5);
      const cr = Math.floor(red[i]! + 0.5);
      target[at] = l + ((91881 * cr + HALF) >> 16);
      target[at + 1] = l + ((-22554 * cb - 46802 * cr + HALF) >> 16);
      target[at + 2] = l + ((116130 * cb + HALF) >> 16);
    }
}

/** DCT, rounding to whole multiples of the steps, and back, in place. */
function roundTrip(block: Float64Array, { inverseSteps, steps }: Quantiser): void {
  forwardDct(block);
  let isFlat = true;
  for (let i = 0; i < AREA; i++) {
    const level = Math.floor(block[i]! * inverseSteps[i]! + 0.5);
    if (level !== 0 && i > 0) isFlat = false;
    block[i] = level * steps[i]!;
  }
  if (isFlat) block.fill(block[0]!);
  else inverseDct(block);
}
