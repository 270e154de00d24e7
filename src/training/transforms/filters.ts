import type { Random } from '../../common/index.js';
import { applyTables, clipByte, clippingView, newImage, tableOf, type RgbImage } from './rgb-image.js';

/** Separable 3-tap blur; `sigmaPx` up to about 1, borders repeated. */
export function blur(image: RgbImage, sigmaPx: number): RgbImage {
  const side = Math.exp(-1 / (2 * sigmaPx * sigmaPx));
  const weight = side / (1 + 2 * side);
  return blurDown(blurAcross(image, weight), weight);
}

function blurAcross(image: RgbImage, weight: number): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const [source, target] = [image.data, out.data];
  const stride = image.widthPx * 3;
  const centre = 1 - 2 * weight;
  for (let row = 0; row < source.length; row += stride)
    for (let i = row; i < row + stride; i++) {
      const before = i < row + 3 ? i : i - 3;
      const after = i < row + stride - 3 ? i + 3 : i;
      target[i] = source[i]! * centre + (source[before]! + source[after]!) * weight + 0.5;
    }
  return out;
}

function blurDown(image: RgbImage, weight: number): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  const [source, target] = [image.data, out.data];
  const stride = image.widthPx * 3;
  const centre = 1 - 2 * weight;
  for (let row = 0; row < source.length; row += stride) {
    const above = row === 0 ? 0 : -stride;
    const below = row + stride < source.length ? stride : 0;
    for (let i = row; i < row + stride; i++)
      target[i] = source[i]! * centre + (source[i + above]! + source[i + below]!) * weight + 0.5;
  }
  return out;
}

/** Adds grey Gaussian-like sensor noise of `sigma` (share of full scale), the same on the three channels. */
export function addNoise(image: RgbImage, sigma: number, random: Random): RgbImage {
  const out = newImage(image.widthPx, image.heightPx);
  // The sum of the four bytes of one draw is near enough to normal (Irwin–Hall) and one draw a pixel is cheap.
  const scale = (sigma * 255) / Math.sqrt((4 * (256 * 256 - 1)) / 12);
  const [source, target] = [image.data, clippingView(out)];
  for (let i = 0; i < source.length; i += 3) {
    const bits = random.nextUint32();
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24) - 510;
    const noise = Math.floor(sum * scale + 0.5);
    target[i] = source[i]! + noise;
    target[i + 1] = source[i + 1]! + noise;
    target[i + 2] = source[i + 2]! + noise;
  }
  return out;
}

/** Gain, contrast about mid-grey and gamma of a camera and its light, with a small gain of each channel. */
export function adjustExposure(
  image: RgbImage,
  light: { gain: number; contrast: number; gamma: number; channelGains: readonly [number, number, number] },
): RgbImage {
  const [red, green, blue] = light.channelGains.map((channelGain) =>
    tableOf((value) => {
      const exposed = 255 * Math.pow(value / 255, light.gamma) * light.gain * channelGain;
      return clipByte(128 + (exposed - 128) * light.contrast + 0.5);
    }),
  );
  return applyTables(image, [red!, green!, blue!]);
}
