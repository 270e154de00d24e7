import type { Random } from '../../common/index.js';
import { clipByte, newImage, type RgbImage } from './rgb-image.js';

/** Separable 3-tap blur; `sigmaPx` up to about 1, borders repeated. */
export function blur(image: RgbImage, sigmaPx: number): RgbImage {
  const side = Math.exp(-1 / (2 * sigmaPx * sigmaPx));
  const weight = side / (1 + 2 * side);
  const { widthPx: width, heightPx: height } = image;
  const across = blurAlong(image, weight, 3, (i) => Math.floor(i / 3) % width, width);
  return blurAlong(across, weight, width * 3, (i) => Math.floor(i / (width * 3)), height);
}

function blurAlong(
  image: RgbImage,
  weight: number,
  stride: number,
  positionOf: (index: number) => number,
  length: number,
): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const { data } = image;
  for (let i = 0; i < data.length; i++) {
    const position = positionOf(i);
    const before = position > 0 ? data[i - stride]! : data[i]!;
    const after = position < length - 1 ? data[i + stride]! : data[i]!;
    out.data[i] = data[i]! * (1 - 2 * weight) + (before + after) * weight + 0.5;
  }
  return out;
}

/** Adds grey Gaussian-like sensor noise of `sigma` (share of full scale), the same on the three channels. */
export function addNoise(image: RgbImage, sigma: number, random: Random): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  // The sum of the four bytes of one draw is near enough to normal (Irwin–Hall) and one draw a pixel is cheap.
  const scale = (sigma * 255) / Math.sqrt((4 * (256 * 256 - 1)) / 12);
  for (let i = 0; i < image.data.length; i += 3) {
    const bits = random.nextUint32();
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
    for (let c = i; c < i + 3; c++) out.data[c] = clipByte(image.data[c]! + sum * scale + 0.5);
  }
  return out;
}

/** Gain, contrast about mid-grey and gamma of a camera and its light, with a small gain of each channel. */
export function adjustExposure(
  image: RgbImage,
  light: { gain: number; contrast: number; gamma: number; channelGains: readonly [number, number, number] },
): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const tables = light.channelGains.map((channelGain) =>
    Uint8Array.from({ length: 256 }, (_, value) => {
      const exposed = 255 * Math.pow(value / 255, light.gamma) * light.gain * channelGain;
      return clipByte(128 + (exposed - 128) * light.contrast + 0.5);
    }),
  );
  for (let i = 0; i < image.data.length; i += 3)
    for (let c = 0; c < 3; c++) out.data[i + c] = tables[c]![image.data[i + c]!]!;
  return out;
}
