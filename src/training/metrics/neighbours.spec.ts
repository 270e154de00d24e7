import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifyByNeighbours, nearestNeighbours } from './neighbours.js';

describe('nearestNeighbours', () => {
  it('agrees with sorting everything, ties in gallery order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 12 }),
        async (positions, k, groupCount) => {
          const groups = Int32Array.from(positions, (_, i) => i % groupCount);
          const { indices } = await nearestNeighbours({
            embeddings: Float32Array.from(positions),
            dimension: 1,
            groups,
            k,
            metric: 'euclidean',
          });
          positions.forEach((x, q) => {
            const want = positions
              .map((y, j) => ({ j, d: (x - y) ** 2 }))
              .filter(({ j }) => groups[j] !== groups[q])
              .sort((a, b) => a.d - b.d || a.j - b.j)
              .slice(0, k)
              .map(({ j }) => j);
            const got = Array.from(indices.subarray(q * k, (q + 1) * k)).filter((j) => j >= 0);
            expect(got).toEqual(want);
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('classifyByNeighbours', () => {
  it('gives ties to the smallest label and −1 where nothing is near', () => {
    const neighbours = {
      k: 3,
      indices: Int32Array.from([0, 1, 2, -1, -1, -1, 2, 1, -1]),
      similarities: Float32Array.from([0.9, 0.8, 0.7, NaN, NaN, NaN, 0.5, 0.4, NaN]),
    };
    const { predictions, confidences } = classifyByNeighbours(neighbours, Int32Array.from([4, 2, 3]));
    expect(Array.from(predictions)).toEqual([2, -1, 2]);
    expect(confidences[0]).toBeCloseTo(0.9, 6);
    expect(confidences[1]).toBeNaN();
  });
});
