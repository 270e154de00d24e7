import { newImage, type RgbImage } from './rgb-image.js';

/** Fixed-point bits of Pillow's 8-bit resampler (32 bits less 8 of the pixel less 2 of head room). */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** Taps are taken four at a time; the last ones may have no weight, and of a tiny picture no pixel: imul takes that as 0. */
const GROUP = 4;
const { imul } = Math;

interface Taps {
  /** First source index of each output pixel. */
  readonly first: Int32Array;
  /** [output, tapsPerOutput] fixed-point weights. */
  readonly weights: Int32Array;
  /** A multiple of GROUP. */
  readonly tapsPerOutput: number;
}

const tapsCache = new Map<string, Taps>();
const TAPS_CACHE_ENTRIES = 256;

/**
 * Resizes to `sizePx` x `sizePx` without keeping the aspect, bilinear with antialiasing, equal bit for bit to
 * Pillow's `resize((S, S), BILINEAR)`: a triangle filter widened by the reduction factor, horizontal then
 * vertical, in 22-bit fixed point with an 8-bit image in between (Pillow, `src/libImaging/Resample.c`).
 * libvips' kernels (sharp) differ by several grey levels, so a model would see other pixels than it was
 * trained on.
 */
export function resizeBilinear(image: RgbImage, sizePx: number): RgbImage {
  let current = image;
  if (current.widthPx !== sizePx) current = resizeWidth(current, sizePx);
  if (current.heightPx !== sizePx) current = resizeHeight(current, sizePx);
  return current;
}

function resizeWidth(image: RgbImage, width: number): RgbImage {
  const { first, weights, tapsPerOutput } = bilinearTaps(image.widthPx, width);
  const out = newImage(width, image.heightPx);
  const [source, target] = [image.data, out.data];
  let t = 0;
  for (let row = 0; row < source.length; row += image.widthPx * 3)
    for (let x = 0; x < width; x++) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      let s = row + first[x]! * 3;
      for (let k = x * tapsPerOutput; k < (x + 1) * tapsPerOutput; k += GROUP, s += 3 * GROUP) {
        const a = weights[k]!;
        const b = weights[k + 1]!;
        const c = weights[k + 2]!;
        const d = weights[k + 3]!;
        red =
          (red + imul(source[s]!, a) + imul(source[s + 3]!, b) + imul(source[s + 6]!, c) + imul(source[s + 9]!, d)) | 0;
        green =
          (green +
            imul(source[s + 1]!, a) +
            imul(source[s + 4]!, b) +
            imul(source[s + 7]!, c) +
            imul(source[s + 10]!, d)) |
          0;
        blue =
          (blue +
            imul(source[s + 2]!, a) +
            imul(source[s + 5]!, b) +
            imul(source[s + 8]!, c) +
            imul(source[s + 11]!, d)) |
          0;
      }
      // Weights are positive and sum to one, so the shifted sum is a byte already.
      target[t] = red >> PRECISION_BITS;
      target[t + 1] = green >> PRECISION_BITS;
      target[t + 2] = blue >> PRECISION_BITS;
      t += 3;
    }
  return out;
}

function resizeHeight(image: RgbImage, height: number): RgbImage {
  const { first, weights, tapsPerOutput } = bilinearTaps(image.heightPx, height);
  const out = newImage(image.widthPx, height);
  const [source, target] = [image.data, out.data];
  const stride = image.widthPx * 3;
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(HALF);
    let s = first[y]! * stride;
    for (let k = y * tapsPerOutput; k < (y + 1) * tapsPerOutput; k += GROUP, s += GROUP * stride)
      addRows(sums, source, s, weights.subarray(k, k + GROUP));
    for (let i = 0, t = y * stride; i < stride; i++, t++) target[t] = sums[i]! >> PRECISION_BITS;
  }
  return out;
}

/** Adds four weighted rows, the first at `from`, to `sums`. */
function addRows(sums: Int32Array, source: Uint8Array, from: number, weights: Int32Array): void {
  const [a, b, c, d] = [weights[0]!, weights[1]!, weights[2]!, weights[3]!];
  const stride = sums.length;
  const [second, third, fourth] = [from + stride, from + 2 * stride, from + 3 * stride];
  for (let i = 0; i < stride; i++)
    sums[i] =
      (sums[i]! +
        imul(source[from + i]!, a) +
        imul(source[second + i]!, b) +
        imul(source[third + i]!, c) +
        imul(source[fourth + i]!, d)) |
      0;
}

function bilinearTaps(inputSize: number, outputSize: number): Taps {
  const key = `${inputSize}>${outputSize}`;
  const cached = tapsCache.get(key);
  if (cached !== undefined) return cached;
  const taps = computeTaps(inputSize, outputSize);
  if (tapsCache.size >= TAPS_CACHE_ENTRIES) tapsCache.clear();
  tapsCache.set(key, taps);
  return taps;
}

function computeTaps(inputSize: number, outputSize: number): Taps {
  const scale = inputSize / outputSize;
  const support = Math.max(1, scale);
  const windows = Array.from({ length: outputSize }, (_, o) => {
    const center = (o + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    return { center, begin, end: Math.min(inputSize, Math.trunc(center + support + 0.5)) };
  });
  const longest = Math.max(...windows.map(({ begin, end }) => end - begin));
  const tapsPerOutput = Math.ceil(longest / GROUP) * GROUP;
  const first = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * tapsPerOutput);
  const exact = new Float64Array(tapsPerOutput);
  windows.forEach(({ center, begin, end }, o) => {
    // Taps without a weight must not reach past the picture's end.
    first[o] = Math.max(0, Math.min(begin, inputSize - tapsPerOutput));
    const at = o * tapsPerOutput + begin - first[o];
    let sum = 0;
    for (let k = 0; k < end - begin; k++) {
      exact[k] = Math.max(0, 1 - Math.abs((begin + k - center + 0.5) / support));
      sum += exact[k]!;
    }
    for (let k = 0; k < end - begin; k++) weights[at + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << PRECISION_BITS));
  });
  return { first, weights, tapsPerOutput };
}
