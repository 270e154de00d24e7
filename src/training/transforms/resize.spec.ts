import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { resizeBilinear } from './resize.js';
import type { RgbImage } from './rgb-image.js';

describe('resizeBilinear', () => {
  it('equals a direct evaluation of the widened triangle filter, to rounding', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 48 }),
        fc.integer(),
        (widthPx, heightPx, sizePx, seed) => {
          const image = noise(widthPx, heightPx, seed);
          const resized = resizeBilinear(image, sizePx);
          expect([resized.widthPx, resized.heightPx]).toEqual([sizePx, sizePx]);
          const exact = directly(image, sizePx);
          // One rounding between the passes and one after.
          resized.data.forEach((value, i) => expect(Math.abs(value - exact[i]!)).toBeLessThanOrEqual(1.01));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves a picture of the right size alone', () => {
    const image = noise(16, 16, 1);
    expect(resizeBilinear(image, 16).data).toEqual(image.data);
  });
});

function noise(widthPx: number, heightPx: number, seed: number): RgbImage {
  let state = seed | 1;
  const data = Uint8Array.from({ length: widthPx * heightPx * 3 }, () => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223;
    return state >>> 24;
  });
  return { widthPx, heightPx, data };
}

function directly(image: RgbImage, sizePx: number): number[] {
  const across = weights(image.widthPx, sizePx);
  const down = weights(image.heightPx, sizePx);
  const out: number[] = [];
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++)
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let sy = 0; sy < image.heightPx; sy++)
          for (let sx = 0; sx < image.widthPx; sx++)
            sum += down[y]![sy]! * across[x]![sx]! * image.data[(sy * image.widthPx + sx) * 3 + c]!;
        out.push(sum);
      }
  return out;
}

function weights(from: number, to: number): number[][] {
  const scale = from / to;
  const support = Math.max(1, scale);
  return Array.from({ length: to }, (_, o) => {
    const row = Array.from({ length: from }, (_, i) =>
      Math.max(0, 1 - Math.abs((i + 0.5 - (o + 0.5) * scale) / support)),
    );
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((weight) => weight / sum);
  });
}
