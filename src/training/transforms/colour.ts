import { applyTables, clipByte, luma, newImage, tableOf, type RgbImage } from './rgb-image.js';

// Pillow's ImageEnhance and ImageOps, as torchvision's PIL transforms call them. `factor` 1 is the original.

/** `Image.blend(black, image, factor)`. */
export function adjustBrightness(image: RgbImage, factor: number): RgbImage {
  const table = tableOf((value) => clipByte(factor * value));
  return applyTables(image, [table, table, table]);
}

/** Blends with the mean grey of the luma image. */
export function adjustContrast(image: RgbImage, factor: number): RgbImage {
  const mean = meanLuma(image);
  const table = tableOf((value) => clipByte(mean + factor * (value - mean)));
  return applyTables(image, [table, table, table]);
}

/** Blends with the grey image (`ImageEnhance.Color`). */
export function adjustSaturation(image: RgbImage, factor: number): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  for (let i = 0; i < image.data.length; i += 3) {
    const grey = luma(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!);
    for (let c = i; c < i + 3; c++) out.data[c] = clipByte(grey + factor * (image.data[c]! - grey));
  }
  return out;
}

/** Blends with a smoothed image; the outermost pixels have no smoothed value and stay. */
export function adjustSharpness(image: RgbImage, factor: number): RgbImage {
  const { widthPx, heightPx, data } = image;
  const out = { widthPx, heightPx, data: Uint8Array.from(data) };
  const stride = widthPx * 3;
  const columns = new Int32Array(stride);
  for (let row = stride; row < (heightPx - 1) * stride; row += stride) {
    for (let i = 0; i < stride; i++) columns[i] = data[row + i - stride]! + data[row + i]! + data[row + i + stride]!;
    for (let i = 3; i < stride - 3; i++) {
      const centre = data[row + i]!;
      const smooth = ((columns[i - 3]! + columns[i]! + columns[i + 3]! + 4 * centre) / 13 + 0.5) | 0;
      out.data[row + i] = clipByte(smooth + factor * (centre - smooth));
    }
  }
  return out;
}

/** Turns the hue by `factor` of the full circle, in Pillow's 8-bit HSV. */
export function adjustHue(image: RgbImage, factor: number): RgbImage {
  const shift = Math.trunc(factor * 255);
  const out = newImage(image.widthPx, image.heightPx);
  for (let i = 0; i < image.data.length; i += 3) turnHue(image.data, out.data, i, shift);
  return out;
}

/** Keeps the upper `bits` bits of every channel. */
export function posterize(image: RgbImage, bits: number): RgbImage {
  const mask = 0xff & ~((1 << (8 - bits)) - 1);
  const table = tableOf((value) => value & mask);
  return applyTables(image, [table, table, table]);
}

/** Inverts every value at or above the threshold. */
export function solarize(image: RgbImage, threshold: number): RgbImage {
  const table = tableOf((value) => (value < threshold ? value : 255 - value));
  return applyTables(image, [table, table, table]);
}

/** Stretches every channel to the full range. */
export function autoContrast(image: RgbImage): RgbImage {
  return applyTables(image, perChannel(image, autoContrastTable));
}

/** Histogram equalisation of every channel. */
export function equalize(image: RgbImage): RgbImage {
  return applyTables(image, perChannel(image, equalizeTable));
}

function autoContrastTable(histogram: Uint32Array): Uint8Array {
  let low = 0;
  while (low < 255 && histogram[low] === 0) low++;
  let high = 255;
  while (high > 0 && histogram[high] === 0) high--;
  if (high <= low) return tableOf((value) => value);
  const scale = 255 / (high - low);
  return tableOf((value) => clipByte(value * scale - low * scale));
}

function equalizeTable(histogram: Uint32Array): Uint8Array {
  const used = histogram.filter((count) => count > 0);
  const total = used.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (used.at(-1) ?? 0)) / 255);
  if (used.length <= 1 || step === 0) return tableOf((value) => value);
  let sum = Math.floor(step / 2);
  return tableOf((value) => {
    const level = Math.floor(sum / step);
    sum += histogram[value]!;
    return Math.min(255, level);
  });
}

function perChannel(
  image: RgbImage,
  build: (histogram: Uint32Array) => Uint8Array,
): [Uint8Array, Uint8Array, Uint8Array] {
  const histograms = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)] as const;
  for (let i = 0; i < image.data.length; i += 3)
    for (let c = 0; c < 3; c++) histograms[c as 0 | 1 | 2][image.data[i + c]!]! += 1;
  return [build(histograms[0]), build(histograms[1]), build(histograms[2])];
}

function meanLuma(image: RgbImage): number {
  let sum = 0;
  for (let i = 0; i < image.data.length; i += 3) sum += luma(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!);
  return Math.trunc(sum / (image.widthPx * image.heightPx) + 0.5);
}

/** Of every 8-bit hue: which sixth of the circle, and how far into it. */
const HUE_SECTORS = Uint8Array.from({ length: 256 }, (_, hue) => Math.floor((hue * 6) / 255) % 6);
const HUE_FRACTIONS = Float32Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255 - Math.floor((hue * 6) / 255));
const SHARES = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** One pixel to HSV and back (Pillow, `src/libImaging/Convert.c`), in scalars: arrays would cost ten times as much. */
function turnHue(source: Uint8Array, target: Uint8Array, i: number, shift: number): void {
  const red = source[i]!;
  const green = source[i + 1]!;
  const blue = source[i + 2]!;
  const value = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
  const low = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
  const range = value - low;
  // Pillow computes in float32, and its truncation to bytes sees the difference.
  const saturation = range === 0 ? 0 : (Math.fround(range / value) * 255) | 0;
  if (saturation === 0) {
    target[i] = target[i + 1] = target[i + 2] = value;
    return;
  }
  const r = Math.fround((value - red) / range);
  const g = Math.fround((value - green) / range);
  const b = Math.fround((value - blue) / range);
  const sixth = Math.fround(red === value ? b - g : green === value ? 2 + r - b : 4 + g - r);
  const circle = sixth / 6 + 1;
  const hue = (((Math.fround(circle >= 1 ? circle - 1 : circle) * 255) | 0) + shift) & 255;
  writeHsv(target, i, hue, saturation, value);
}

function writeHsv(target: Uint8Array, i: number, hue: number, saturation: number, value: number): void {
  const fraction = HUE_FRACTIONS[hue]!;
  const s = SHARES[saturation]!;
  const p = (value * (1 - s) + 0.5) | 0;
  const q = (value * (1 - s * fraction) + 0.5) | 0;
  const t = (value * (1 - s * (1 - fraction)) + 0.5) | 0;
  switch (HUE_SECTORS[hue]) {
    case 0:
      return writePixel(target, i, value, t, p);
    case 1:
      return writePixel(target, i, q, value, p);
    case 2:
      return writePixel(target, i, p, value, t);
    case 3:
      return writePixel(target, i, p, q, value);
    case 4:
      return writePixel(target, i, t, p, value);
    default:
      return writePixel(target, i, value, p, q);
  }
}

function writePixel(target: Uint8Array, i: number, red: number, green: number, blue: number): void {
  target[i] = red;
  target[i + 1] = green;
  target[i + 2] = blue;
}
