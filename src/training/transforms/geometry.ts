import { newImage, type RgbImage } from './rgb-image.js';

/** Output pixel centre (x, y) comes from input (a x + b y + c, d x + e y + f). */
export type AffineMap = readonly [number, number, number, number, number, number];

/**
 * Pillow's `transform(AFFINE, NEAREST)` with black outside: 16-bit fixed point, as `affine_fixed` in
 * `src/libImaging/Geometry.c`, so that ties fall on the same pixel.
 */
export function warpNearest(image: RgbImage, map: AffineMap): RgbImage {
  const { widthPx: width, heightPx: height, data } = image;
  const out = newImage(width, height);
  const target = out.data;
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
  const [a, b, c, d, e, f] = map;
  const [stepXx, stepXy, stepYx, stepYy] = [fixed(a), fixed(b), fixed(d), fixed(e)];
  let rowX = fixed(c + a * 0.5 + b * 0.5);
  let rowY = fixed(f + d * 0.5 + e * 0.5);
  const isShift = stepXx === 1 << 16 && stepYx === 0;
  for (let y = 0; y < height; y++, rowX += stepXy, rowY += stepYy) {
    const [firstX, endX] = stepsInside(rowX, stepXx, width);
    const [firstY, endY] = stepsInside(rowY, stepYx, height);
    const first = Math.max(0, firstX, firstY);
    const end = Math.min(width, endX, endY);
    if (first >= end) continue;
    let sx = rowX + first * stepXx;
    let sy = rowY + first * stepYx;
    let to = (y * width + first) * 3;
    if (isShift) {
      const from = ((sy >> 16) * width + (sx >> 16)) * 3;
      target.set(data.subarray(from, from + (end - first) * 3), to);
      continue;
    }
    for (let x = first; x < end; x++, sx += stepXx, sy += stepYx, to += 3) {
      const from = ((sy >> 16) * width + (sx >> 16)) * 3;
      target[to] = data[from]!;
      target[to + 1] = data[from + 1]!;
      target[to + 2] = data[from + 2]!;
    }
  }
  return out;
}

/** The steps n, first and past the last, of which `start + n · step` lies in the first `size` pixels, in 16-bit fixed point. */
function stepsInside(start: number, step: number, size: number): [first: number, end: number] {
  const limit = size * 65536;
  if (step > 0) return [Math.ceil(-start / step), Math.ceil((limit - start) / step)];
  if (step < 0) return [Math.floor((start - limit) / -step) + 1, Math.floor(start / -step) + 1];
  return start >= 0 && start < limit ? [0, Infinity] : [0, 0];
}

/** Bilinear warp; outside the picture its border is repeated, so no black wedge tells how it was turned. */
export function warpBilinear(image: RgbImage, map: AffineMap): RgbImage {
  const { widthPx: width, heightPx: height, data } = image;
  const out = newImage(width, height);
  const [a, b, c, d, e, f] = map;
  const stride = width * 3;
  let to = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const sx = clamp(a * (x + 0.5) + b * (y + 0.5) + c - 0.5, width - 1);
      const sy = clamp(d * (x + 0.5) + e * (y + 0.5) + f - 0.5, height - 1);
      const left = sx | 0;
      const top = sy | 0;
      const fx = sx - left;
      const fy = sy - top;
      const right = left + 1 < width ? 3 : 0;
      const below = top + 1 < height ? stride : 0;
      let i = top * stride + left * 3;
      for (let channel = 0; channel < 3; channel++, i++) {
        const upper = data[i]! + (data[i + right]! - data[i]!) * fx;
        const lower = data[i + below]! + (data[i + below + right]! - data[i + below]!) * fx;
        out.data[to++] = upper + (lower - upper) * fy + 0.5;
      }
    }
  return out;
}

function clamp(value: number, high: number): number {
  return value < 0 ? 0 : value > high ? high : value;
}

/**
 * The map of a picture turned clockwise by `angleCwDeg`, magnified by `scale` and moved by (`shiftX`, `shiftY`)
 * pixels, about its centre.
 */
export function similarityMap(
  width: number,
  height: number,
  move: { angleCwDeg: number; scale: number; shiftX: number; shiftY: number },
): AffineMap {
  const angle = (move.angleCwDeg * Math.PI) / 180;
  const cos = Math.cos(angle) / move.scale;
  const sin = Math.sin(angle) / move.scale;
  const [cx, cy] = [width / 2, height / 2];
  const [tx, ty] = [cx + move.shiftX, cy + move.shiftY];
  return [cos, sin, cx - cos * tx - sin * ty, -sin, cos, cy + sin * tx - cos * ty];
}

/** torchvision's shears: about the top left corner, `amount` pixels of shift a pixel. */
export function shearX(image: RgbImage, amount: number): RgbImage {
  return warpNearest(image, [1, amount, 0, 0, 1, 0]);
}

export function shearY(image: RgbImage, amount: number): RgbImage {
  return warpNearest(image, [1, 0, 0, amount, 1, 0]);
}

/** Moves right and down by whole pixels, black behind. */
export function translate(image: RgbImage, rightPx: number, downPx: number): RgbImage {
  return warpNearest(image, [1, 0, -Math.trunc(rightPx), 0, 1, -Math.trunc(downPx)]);
}

/** Pillow's `rotate(angle)`: counter-clockwise about the centre, black corners. */
export function rotateNearest(image: RgbImage, angleCcwDeg: number): RgbImage {
  const { widthPx: width, heightPx: height } = image;
  return warpNearest(image, similarityMap(width, height, { angleCwDeg: -angleCcwDeg, scale: 1, shiftX: 0, shiftY: 0 }));
}
