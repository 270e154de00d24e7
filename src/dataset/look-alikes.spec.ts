import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LookAlikes } from './look-alikes.js';
import type { NearDuplicatePair } from './near-duplicates.js';
import { UnionFind } from './union-find.js';

const STEPS = [0.985, 0.99, 0.999];
const SIZE = 14;

/** Few distinct correlations, so that ties are common and steps are met exactly. */
const pairLists = fc.uniqueArray(
  fc
    .tuple(
      fc.integer({ min: 0, max: SIZE - 1 }),
      fc.integer({ min: 0, max: SIZE - 1 }),
      fc.constantFrom(0.98, 0.984, 0.985, 0.987, 0.99, 0.995, 0.999, 1),
    )
    .filter(([a, b]) => a !== b)
    .map(([a, b, correlation]) => ({ a: Math.min(a, b), b: Math.max(a, b), correlation })),
  { selector: ({ a, b }) => `${a} ${b}`, maxLength: 80 },
);

function lookAlikesOf(size: number, pairs: Iterable<NearDuplicatePair>): LookAlikes {
  const lookAlikes = new LookAlikes(size, STEPS);
  for (const pair of pairs) lookAlikes.add(pair);
  return lookAlikes;
}

function components(pairs: readonly NearDuplicatePair[], minCorrelation: number): number[][] {
  const sets = new UnionFind(SIZE);
  for (const { a, b, correlation } of pairs) if (correlation >= minCorrelation) sets.union(a, b);
  return sets.groups();
}

describe('LookAlikes', () => {
  it('joins at every threshold what all the pairs join there', () => {
    fc.assert(
      fc.property(pairLists, (pairs) => {
        const { forest } = lookAlikesOf(SIZE, pairs);
        for (const threshold of [0, ...pairs.map((pair) => pair.correlation)])
          expect(components(forest, threshold)).toEqual(components(pairs, threshold));
        expect(forest.length).toBe(SIZE - components(pairs, 0).length);
      }),
    );
  });

  it('keeps the same pairs in whatever order they come', () => {
    fc.assert(
      fc.property(
        pairLists.chain((pairs) =>
          fc.tuple(fc.constant(pairs), fc.shuffledSubarray(pairs, { minLength: pairs.length })),
        ),
        ([pairs, shuffled]) => {
          expect(lookAlikesOf(SIZE, shuffled).forest).toEqual(lookAlikesOf(SIZE, pairs).forest);
        },
      ),
    );
  });

  it('counts all pairs, not only those it keeps, by what is asked of each image', () => {
    const asked = fc.array(fc.integer({ min: 0, max: STEPS.length }), { minLength: SIZE, maxLength: SIZE });
    fc.assert(
      fc.property(pairLists, asked, (pairs, steps) => {
        const lookAlikes = lookAlikesOf(SIZE, pairs);
        const reaches = ({ a, correlation }: NearDuplicatePair): boolean =>
          steps[a] === 0 || correlation >= STEPS[steps[a]! - 1]!;
        const reaching = lookAlikes.reaching(Uint8Array.from(steps));
        expect(reaching.count).toBe(pairs.filter(reaches).length);
        expect(reaching.pairs).toEqual(lookAlikes.forest.filter(reaches));
      }),
    );
  });

  it('holds no more than four pairs an image at any time, and keeps fewer pairs than images, however many are alike', () => {
    const size = 2000;
    const lookAlikes = new LookAlikes(size, STEPS);
    let mostHeld = 0;
    for (let b = 1; b < size; b++) {
      for (let a = 0; a < b; a++) lookAlikes.add({ a, b, correlation: 0.98 + ((a * 7919 + b * 104_729) % 2000) / 1e5 });
      mostHeld = Math.max(mostHeld, lookAlikes.held);
    }
    expect(lookAlikes.reaching(new Uint8Array(size)).count).toBe((size * (size - 1)) / 2);
    expect(mostHeld).toBeLessThanOrEqual(4 * size);
    expect(lookAlikes.forest).toHaveLength(size - 1);
  });
});
