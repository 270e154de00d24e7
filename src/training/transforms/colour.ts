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
  const { widthPx: width, heightPx: height, data } = image;
  const out = { widthPx: width, heightPx: height, data: Uint8Array.from(data) };
  const stride = width * 3;
  for (let y = 1; y < height - 1; y++)
    for (let i = y * stride + 3; i < (y + 1) * stride - 3; i++) {
      const above = data[i - stride - 3]! + data[i - stride]! + data[i - stride + 3]!;
      const below = data[i + stride - 3]! + data[i + stride]! + data[i + stride + 3]!;
      const smooth = clipByte((above + below + data[i - 3]! + data[i + 3]! + 5 * data[i]!) / 13 + 0.5);
      out.data[i] = clipByte(smooth + factor * (data[i]! - smooth));
    }
  return out;
}

/** Turns the hue by `factor` of the full circle, in Pillow's 8-bit HSV. */
export function adjustHue(image: RgbImage, factor: number): RgbImage {
  const shift = Math.trunc(factor * 255);
  const out = newImage(image.widthPx, image.heightPx);
  for (let i = 0; i < image.data.length; i += 3) {
    const [hue, saturation, value] = rgbToHsv(image.data[i]!, image.data[i + 1]!, image.data[i + 2]!);
    writeHsv((hue + shift) & 255, saturation, value, out.data, i);
  }
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

function rgbToHsv(red: number, green: number, blue: number): [number, number, number] {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high === low) return [0, 0, high];
  // Pillow computes in float32, and its truncation to bytes sees the difference.
  const range = high - low;
  const r = Math.fround((high - red) / range);
  const g = Math.fround((high - green) / range);
  const b = Math.fround((high - blue) / range);
  const sector = Math.fround(red === high ? b - g : green === high ? 2 + r - b : 4 + g - r);
  const hue = Math.fround((sector / 6 + 1) % 1);
  return [clipByte(hue * 255), clipByte(Math.fround(range / high) * 255), high];
}

function writeHsv(hue: number, saturation: number, value: number, target: Uint8Array, offset: number): void {
  const position = (hue * 6) / 255;
  const sector = Math.floor(position);
  const fraction = Math.fround(position - sector);
  const s = Math.fround(saturation / 255);
  const p = Math.round(value * (1 - s));
  const q = Math.round(value * (1 - s * fraction));
  const t = Math.round(value * (1 - s * (1 - fraction)));
  const rgb = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q],
  ][sector % 6]!;
  target.set(saturation === 0 ? [value, value, value] : rgb, offset);
}
