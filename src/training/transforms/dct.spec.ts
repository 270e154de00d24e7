import { describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { AREA, DCT_SCALES, forwardDct, INVERSE_DCT_SCALES, inverseDct } from './dct.js';

describe('the transform of JPEG blocks', () => {
  const random = new Random('dct');
  const pixels = Float64Array.from({ length: AREA }, () => random.integer(256) - 128);

  it('is the two-dimensional DCT by its definition, but for the scales', () => {
    const block = Float64Array.from(pixels);
    forwardDct(block);
    const expected = directly(pixels);
    block.forEach((value, i) => expect(value / DCT_SCALES[i]!).toBeCloseTo(expected[i]!, 9));
  });

  it('comes back from its coefficients', () => {
    const block = directly(pixels).map((value, i) => value * INVERSE_DCT_SCALES[i]!);
    inverseDct(block);
    block.forEach((value, i) => expect(value).toBeCloseTo(pixels[i]!, 9));
  });
});

/** Orthonormal DCT-II, sum by sum. */
function directly(pixels: Float64Array): Float64Array {
  const basis = (k: number, n: number): number =>
    (k === 0 ? Math.sqrt(1 / 8) : 1 / 2) * Math.cos(((2 * n + 1) * k * Math.PI) / 16);
  return Float64Array.from({ length: AREA }, (_, i) =>
    pixels.reduce((sum, value, j) => sum + value * basis(i >> 3, j >> 3) * basis(i & 7, j & 7), 0),
  );
}
