import { clipByte, clippingView, luma, newImage, tableOf } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

// Pillow's ImageEnhance and ImageOps, as torchvision's PIL transforms call them. `factor` 1 is the original.

/** `Image.blend(black, image, factor)`. */
export function adjustBrightness(picture: TabledImage, factor: number): TabledImage {
  return picture.through((value) => clipByte(factor * value));
}

/** Blends with the mean grey of the luma image. */
export function adjustContrast(picture: TabledImage, factor: number): TabledImage {
  const mean = meanLuma(picture);
  return picture.through((value) => clipByte(mean + factor * (value - mean)));
}

/** Blends with the grey image (`ImageEnhance.Color`). */
export function adjustSaturation({ raw, tables }: TabledImage, factor: number): TabledImage {
  const out = newImage(raw.widthPx, raw.heightPx);
  const [source, target] = [raw.data, clippingView(out)];
  const [reds, greens, blues] = tables;
  const scaled = scaledDifferences(factor);
  for (let i = 0; i < source.length; i += 3) {
    const red = reds[source[i]!]!;
    const green = greens[source[i + 1]!]!;
    const blue = blues[source[i + 2]!]!;
    const grey = luma(red, green, blue);
    const zero = 255 - grey;
    target[i] = grey + scaled[zero + red]!;
    target[i + 1] = grey + scaled[zero + green]!;
    target[i + 2] = grey + scaled[zero + blue]!;
  }
  return new TabledImage(out);
}

/** Of the sum of a pixel and its neighbours, the pixel counting five times: a thirteenth, rounded. */
const SMOOTH = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.floor(sum / 13 + 0.5));

/** Blends with a smoothed image; the outermost pixels have no smoothed value and stay. */
export function adjustSharpness(picture: TabledImage, factor: number): TabledImage {
  const { widthPx, heightPx, data } = picture.image();
  const out = { widthPx, heightPx, data: Uint8Array.from(data) };
  const target = clippingView(out);
  const scaled = scaledDifferences(factor);
  const stride = widthPx * 3;
  const columns = new Int32Array(stride);
  for (let row = stride; row < (heightPx - 1) * stride; row += stride) {
    for (let i = 0; i < stride; i++) columns[i] = data[row + i - stride]! + data[row + i]! + data[row + i + stride]!;
    for (let i = 3; i < stride - 3; i++) {
      const centre = data[row + i]!;
      const smooth = SMOOTH[columns[i - 3]! + columns[i]! + columns[i + 3]! + 4 * centre]!;
      target[row + i] = smooth + scaled[255 + centre - smooth]!;
    }
  }
  return new TabledImage(out);
}

/**
 * `factor · d` of every difference d of two bytes, at d + 255, rounded down. Added to a byte and clipped it is what
 * Pillow's blend truncates to: the byte is whole, and below zero both are clipped.
 */
function scaledDifferences(factor: number): Int32Array {
  const table = new Int32Array(511);
  const single = Math.fround(factor);
  for (let d = -255; d <= 255; d++) table[d + 255] = Math.floor(Math.fround(single * d));
  return table;
}

/** Keeps the upper `bits` bits of every channel. */
export function posterize(picture: TabledImage, bits: number): TabledImage {
  const mask = 0xff & ~((1 << (8 - bits)) - 1);
  return picture.through((value) => value & mask);
}

/** Inverts every value at or above the threshold. */
export function solarize(picture: TabledImage, threshold: number): TabledImage {
  return picture.through((value) => (value < threshold ? value : 255 - value));
}

/** Stretches every channel to the full range. */
export function autoContrast(picture: TabledImage): TabledImage {
  const [red, green, blue] = histograms(picture);
  return picture.throughTables([autoContrastTable(red), autoContrastTable(green), autoContrastTable(blue)]);
}

/** Histogram equalisation of every channel. */
export function equalize(picture: TabledImage): TabledImage {
  const [red, green, blue] = histograms(picture);
  return picture.throughTables([equalizeTable(red), equalizeTable(green), equalizeTable(blue)]);
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

function histograms({ raw, tables }: TabledImage): [red: Uint32Array, green: Uint32Array, blue: Uint32Array] {
  const { data } = raw;
  const [red, green, blue] = [new Uint32Array(256), new Uint32Array(256), new Uint32Array(256)];
  for (let i = 0; i < data.length; i += 3) {
    red[data[i]!]!++;
    green[data[i + 1]!]!++;
    blue[data[i + 2]!]!++;
  }
  return [passed(red, tables[0]), passed(green, tables[1]), passed(blue, tables[2])];
}

/** The histogram of the bytes once they went through a table. */
function passed(histogram: Uint32Array, table: Uint8Array): Uint32Array {
  const counts = new Uint32Array(256);
  histogram.forEach((count, value) => (counts[table[value]!]! += count));
  return counts;
}

function meanLuma({ raw, tables }: TabledImage): number {
  const { data } = raw;
  const [reds, greens, blues] = tables;
  let sum = 0;
  for (let i = 0; i < data.length; i += 3) sum += luma(reds[data[i]!]!, greens[data[i + 1]!]!, blues[data[i + 2]!]!);
  return Math.trunc(sum / (data.length / 3) + 0.5);
}
