import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../common/index.js';
import { atMostHolds, chosenCutUpper, clopperPearson, clopperPearsonUpper, meanInterval } from './intervals.js';
import { incompleteBeta } from './special-functions.js';

/** P(X ≤ k) for X ~ Binomial(n, p), by summing. */
function binomialCdf(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= k; i++) {
    term *= ((n - i + 1) / i) * (p / (1 - p));
    sum += term;
  }
  return sum;
}

describe('exact binomial bounds', () => {
  it('knows the published values', () => {
    // R: binom.test(0, 12)$conf.int, binom.test(3, 20), binom.test(10, 10).
    expect(clopperPearson(0, 12, 0.95)).toEqual({ low: 0, high: expect.closeTo(0.264_648_5, 6) });
    expect(clopperPearson(3, 20, 0.95).low).toBeCloseTo(0.032_070_9, 6);
    expect(clopperPearson(3, 20, 0.95).high).toBeCloseTo(0.378_926_8, 6);
    expect(clopperPearson(10, 10, 0.95)).toEqual({ low: expect.closeTo(0.691_502_9, 6), high: 1 });
  });

  it('shows at best 22 % with 12 defects seen and none missed', () => {
    expect(clopperPearsonUpper(0, 12, 0.95)).toBeCloseTo(1 - 0.05 ** (1 / 12), 9);
  });

  it('leaves exactly the tail outside, for any counts', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        fc.double({ min: 0.5, max: 0.99, noNaN: true }),
        (n, s, c) => {
          const k = s % (n + 1);
          const { low, high } = clopperPearson(k, n, c);
          const tail = (1 - c) / 2;
          if (k < n) expect(binomialCdf(k, n, high)).toBeCloseTo(tail, 7);
          if (k > 0) expect(1 - binomialCdf(k - 1, n, low)).toBeCloseTo(tail, 7);
        },
      ),
    );
  });

  it('decides on a rate as the bound itself would', () => {
    for (let n = 1; n <= 30; n++)
      for (let k = 0; k <= n; k++) {
        const bound = clopperPearsonUpper(k, n, 0.9);
        expect(atMostHolds(k, n, Math.min(1, bound + 1e-9), 0.9)).toBe(true);
        expect(atMostHolds(k, n, bound - 1e-9, 0.9)).toBe(false);
      }
  });

  it('leaves no more than the tail outside in all, whichever cut between the sorted trials is chosen', () => {
    // The worst chooser takes any cut whose bound is broken: the chance that there is one may be 10 %.
    const [trials, draws] = [12, 4000];
    const bounds = Array.from({ length: trials + 1 }, (_, k) => chosenCutUpper(k, trials, 0.9));
    const random = new Random('chosen cut');
    let broken = 0;
    for (let draw = 0; draw < draws; draw++) {
      const scores = Array.from({ length: trials }, () => random.next()).sort((a, b) => a - b);
      // With k scores at or below the cut, it can lie as far up as the next one.
      if (scores.some((next, k) => next > bounds[k]!)) broken++;
    }
    expect(broken / draws).toBeLessThanOrEqual(0.1);
    expect(chosenCutUpper(trials, trials, 0.9)).toBe(1);
  });

  it('knows nothing without trials', () => {
    expect(clopperPearson(0, 0, 0.95)).toEqual({ low: 0, high: 1 });
  });
});

describe('incompleteBeta', () => {
  it('is the binomial tail', () => {
    for (const [k, n, p] of [
      [3, 10, 0.2],
      [50, 120, 0.4],
      [0, 5, 0.7],
    ] as const)
      expect(incompleteBeta(1 - p, n - k, k + 1)).toBeCloseTo(binomialCdf(k, n, p), 10);
  });
});

describe('meanInterval', () => {
  const spec = { samples: 2000, confidence: 0.95, seed: 7 };

  it('covers the mean, and is the same for the same seed', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i % 10 === 0 ? 0 : 1));
    const interval = meanInterval({ ...spec, values })!;
    expect(interval.low).toBeGreaterThan(0.85);
    expect(interval.low).toBeLessThan(0.9);
    expect(interval.high).toBeGreaterThan(0.9);
    expect(interval.high).toBeLessThan(0.95);
    expect(meanInterval({ ...spec, values })).toEqual(interval);
  });

  it('is wider when rotated copies are counted as one image', () => {
    const values = Array.from({ length: 200 }, (_, i) => (Math.floor(i / 4) % 10 === 0 ? 0 : 1));
    const clusters = values.map((_, i) => Math.floor(i / 4));
    const naive = meanInterval({ ...spec, values })!;
    const honest = meanInterval({ ...spec, values, clusters })!;
    expect(honest.high - honest.low).toBeGreaterThan(1.5 * (naive.high - naive.low));
  });

  it('is exact over clusters when all are right, or all wrong, as resampling knows no other outcome', () => {
    const clusters = Array.from({ length: 48 }, (_, i) => Math.floor(i / 4));
    const allOf = (value: number): number[] => [...Array<number>(47).fill(value), Number.NaN];
    expect(meanInterval({ ...spec, values: allOf(1), clusters })).toEqual(clopperPearson(12, 12, 0.95));
    expect(meanInterval({ ...spec, values: allOf(0), clusters })).toEqual(clopperPearson(0, 12, 0.95));
  });

  it('says nothing where all clusters agree in between', () => {
    expect(meanInterval({ ...spec, values: [0.5, 0.5, 0.5] })).toBeNull();
    expect(meanInterval({ ...spec, values: [1, 0, 0, 1], clusters: [0, 0, 1, 1] })).toBeNull();
  });

  it('says nothing about one cluster or none', () => {
    expect(meanInterval({ ...spec, values: [1, 1], clusters: [3, 3] })).toBeNull();
    expect(meanInterval({ ...spec, values: [] })).toBeNull();
    expect(meanInterval({ ...spec, values: [Number.NaN, Number.NaN] })).toBeNull();
  });
});
