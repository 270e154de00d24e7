import { newImage, type RgbImage } from './rgb-image.js';

/** Fixed-point bits of Pillow's 8-bit resampler (32 bits less 8 of the pixel less 2 of head room). */
const PRECISION_BITS = 22;

interface Taps {
  /** First source index of each output pixel. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** [output, tapsPerOutput] fixed-point weights. */
  readonly weights: Int32Array;
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
  const { first, count, weights, tapsPerOutput } = bilinearTaps(image.widthPx, width);
  const out = newImage(width, image.heightPx);
  const source = image.data;
  const target = out.data;
  let t = 0;
  for (let y = 0; y < image.heightPx; y++) {
    const row = y * image.widthPx * 3;
    for (let x = 0; x < width; x++) {
      let red = 1 << (PRECISION_BITS - 1);
      let green = red;
      let blue = red;
      let s = row + first[x]! * 3;
      const from = x * tapsPerOutput;
      const to = from + count[x]!;
      for (let k = from; k < to; k++) {
        const weight = weights[k]!;
        red = (red + source[s++]! * weight) | 0;
        green = (green + source[s++]! * weight) | 0;
        blue = (blue + source[s++]! * weight) | 0;
      }
      // Weights are positive and sum to one, so the shifted sum is a byte already.
      target[t++] = red >> PRECISION_BITS;
      target[t++] = green >> PRECISION_BITS;
      target[t++] = blue >> PRECISION_BITS;
    }
  }
  return out;
}

function resizeHeight(image: RgbImage, height: number): RgbImage {
  const { first, count, weights, tapsPerOutput } = bilinearTaps(image.heightPx, height);
  const out = newImage(image.widthPx, height);
  const source = image.data;
  const target = out.data;
  const stride = image.widthPx * 3;
  const sums = new Int32Array(stride);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (PRECISION_BITS - 1));
    for (let k = 0; k < count[y]!; k++) {
      const weight = weights[y * tapsPerOutput + k]!;
      // The outermost tap often has no weight at all.
      if (weight === 0) continue;
      let s = (first[y]! + k) * stride;
      for (let i = 0; i < stride; i++) sums[i] = (sums[i]! + source[s++]! * weight) | 0;
    }
    let t = y * stride;
    for (let i = 0; i < stride; i++) target[t++] = sums[i]! >> PRECISION_BITS;
  }
  return out;
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
  const tapsPerOutput = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  const weights = new Int32Array(outputSize * tapsPerOutput);
  const exact = new Float64Array(tapsPerOutput);
  for (let o = 0; o < outputSize; o++) {
    const center = (o + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(inputSize, Math.trunc(center + support + 0.5));
    let sum = 0;
    for (let k = 0; k < end - begin; k++) {
      exact[k] = Math.max(0, 1 - Math.abs((begin + k - center + 0.5) / support));
      sum += exact[k]!;
    }
    for (let k = 0; k < end - begin; k++)
      weights[o * tapsPerOutput + k] = Math.trunc(0.5 + (exact[k]! / sum) * (1 << PRECISION_BITS));
    first[o] = begin;
    count[o] = end - begin;
  }
  return { first, count, weights, tapsPerOutput };
}
