import { newImage } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

/** Of every 8-bit hue: which sixth of the circle, and how far into it. */
const SECTORS = Uint8Array.from({ length: 256 }, (_, hue) => Math.floor((hue * 6) / 255) % 6);
const FRACTIONS = Float32Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255 - Math.floor((hue * 6) / 255));
const SHARES = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** By sector: where the largest, the middle and the smallest of red, green and blue stand. */
const LARGEST_AT = Uint8Array.of(0, 1, 1, 2, 2, 0);
const MIDDLE_AT = Uint8Array.of(1, 0, 2, 1, 0, 2);
const SMALLEST_AT = Uint8Array.of(2, 2, 0, 0, 1, 1);

/** How far the middle channel falls from the largest towards the smallest. */
const FALLS = Float64Array.from(FRACTIONS, (fraction, hue) => (SECTORS[hue]! % 2 === 0 ? 1 - fraction : fraction));

/** The order of a pixel's channels, largest first; ties count as Pillow's comparisons do. */
const RGB = 0;
const RBG = 1;
const GRB = 2;
const GBR = 3;
const BGR = 4;
const BRG = 5;

interface HsvTables {
  /** Hue byte by [order][largest − smallest][largest − middle]. */
  readonly hues: Uint8Array;
  /** Saturation byte by [largest − smallest][largest]. */
  readonly saturations: Uint8Array;
}

let hsvTables: HsvTables | undefined;

/**
 * Turns the hue by `factor` of the full circle, in Pillow's 8-bit HSV (`src/libImaging/Convert.c`). Its float32
 * arithmetic, whose truncation to bytes every rounding shows in, depends on three bytes alone and is looked up.
 */
export function adjustHue({ raw, tables }: TabledImage, factor: number): TabledImage {
  const shift = Math.trunc(factor * 255);
  const { hues, saturations } = (hsvTables ??= buildTables());
  const out = newImage(raw.widthPx, raw.heightPx);
  const [source, target] = [raw.data, out.data];
  const [reds, greens, blues] = tables;
  for (let i = 0; i < source.length; i += 3) {
    const red = reds[source[i]!]!;
    const green = greens[source[i + 1]!]!;
    const blue = blues[source[i + 2]!]!;
    const largest = red > green ? (red > blue ? red : blue) : green > blue ? green : blue;
    const smallest = red < green ? (red < blue ? red : blue) : green < blue ? green : blue;
    const middle = red + green + blue - largest - smallest;
    const order =
      red === largest
        ? green >= blue
          ? RGB
          : RBG
        : green === largest
          ? red >= blue
            ? GRB
            : GBR
          : red >= green
            ? BRG
            : BGR;
    const range = largest - smallest;
    const hue = (hues[(order << 16) | (range << 8) | (largest - middle)]! + shift) & 255;
    const saturation = SHARES[saturations[(range << 8) | largest]!]!;
    const sector = SECTORS[hue]!;
    target[i + LARGEST_AT[sector]!] = largest;
    target[i + MIDDLE_AT[sector]!] = largest * (1 - saturation * FALLS[hue]!) + 0.5;
    target[i + SMALLEST_AT[sector]!] = largest * (1 - saturation) + 0.5;
  }
  return new TabledImage(out);
}

function buildTables(): HsvTables {
  const hues = new Uint8Array(6 << 16);
  const saturations = new Uint8Array(1 << 16);
  for (let range = 1; range < 256; range++) {
    for (let largest = range; largest < 256; largest++)
      saturations[(range << 8) | largest] = Math.fround(range / largest) * 255;
    for (let toMiddle = 0; toMiddle <= range; toMiddle++) {
      const share = Math.fround(toMiddle / range);
      const at = (range << 8) | toMiddle;
      hues[(RGB << 16) | at] = hueByte(1 - share);
      hues[(RBG << 16) | at] = hueByte(share - 1);
      hues[(GRB << 16) | at] = hueByte(2 + share - 1);
      hues[(GBR << 16) | at] = hueByte(2 + 1 - share);
      hues[(BGR << 16) | at] = hueByte(4 + share - 1);
      hues[(BRG << 16) | at] = hueByte(4 + 1 - share);
    }
  }
  return { hues, saturations };
}

/** Of a hue in sixths of the circle, −1 to 5. */
function hueByte(sixths: number): number {
  const circle = Math.fround(sixths) / 6 + 1;
  return Math.fround(circle >= 1 ? circle - 1 : circle) * 255;
}
