import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../common/index.js';
import { warpNearest, type AffineMap } from './geometry.js';
import { newImage, type RgbImage } from './rgb-image.js';

describe('warpNearest', () => {
  const size = fc.integer({ min: 1, max: 24 });
  const factor = fc.oneof(fc.constantFrom(-1, 0, 1), fc.double({ min: -2, max: 2, noNaN: true }));
  const offset = fc.oneof(fc.integer({ min: -30, max: 30 }), fc.double({ min: -30, max: 30, noNaN: true }));

  it('takes every pixel from where the map says, and black from outside', () => {
    fc.assert(
      fc.property(
        size,
        size,
        fc.tuple(factor, factor, offset, factor, factor, offset),
        fc.integer(),
        (widthPx, heightPx, map, seed) => {
          const image = noise(widthPx, heightPx, seed);
          expect(warpNearest(image, map).data).toEqual(directly(image, map));
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** Pixel by pixel, in Pillow's 16-bit fixed point. */
function directly({ widthPx, heightPx, data }: RgbImage, [a, b, c, d, e, f]: AffineMap): Uint8Array {
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
  const out = new Uint8Array(data.length);
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const fromX = Math.floor((fixed(c + a * 0.5 + b * 0.5) + x * fixed(a) + y * fixed(b)) / 65536);
      const fromY = Math.floor((fixed(f + d * 0.5 + e * 0.5) + x * fixed(d) + y * fixed(e)) / 65536);
      if (fromX < 0 || fromX >= widthPx || fromY < 0 || fromY >= heightPx) continue;
      const from = (fromY * widthPx + fromX) * 3;
      out.set(data.subarray(from, from + 3), (y * widthPx + x) * 3);
    }
  return out;
}

function noise(widthPx: number, heightPx: number, seed: number): RgbImage {
  const random = new Random(seed);
  const image = newImage(widthPx, heightPx);
  for (let i = 0; i < image.data.length; i++) image.data[i] = 1 + random.integer(255);
  return image;
}
