import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { silhouetteScore } from './silhouette.js';

/** As scikit-learn defines it: Euclidean, 0 for a class of one. */
function naive(points: readonly (readonly number[])[], labels: readonly number[]): number | null {
  const classes = [...new Set(labels)];
  if (classes.length < 2 || classes.length > points.length - 1) return null;
  const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((x, d) => x - b[d]!));
  const mean = (i: number, label: number): number => {
    const members = points.filter((_, j) => labels[j] === label && j !== i);
    return members.reduce((sum, p) => sum + distance(points[i]!, p), 0) / members.length;
  };
  const scores = points.map((_, i) => {
    const own = labels[i]!;
    if (labels.filter((label) => label === own).length === 1) return 0;
    const a = mean(i, own);
    const b = Math.min(...classes.filter((label) => label !== own).map((label) => mean(i, label)));
    return Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b);
  });
  return scores.reduce((sum, s) => sum + s, 0) / points.length;
}

describe('silhouetteScore', () => {
  it('agrees with its definition on duplicates, singletons, ties and one class', async () => {
    const coordinate = fc.integer({ min: -2, max: 2 });
    const image = fc.tuple(fc.tuple(coordinate, coordinate, coordinate), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(fc.array(image, { maxLength: 14 }), async (images) => {
        const points = images.map(([point]) => point);
        const labels = images.map(([, label]) => label);
        const score = await silhouetteScore(Float32Array.from(points.flat()), 3, Int32Array.from(labels));
        const expected = naive(points, labels);
        if (expected === null) expect(score).toBeNull();
        else expect(score).toBeCloseTo(expected, 4);
      }),
      { numRuns: 60 },
    );
  });
});
