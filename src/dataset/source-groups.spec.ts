import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifiedImage } from '../../test/support/classified-images.js';
import { LookAlikes } from './look-alikes.js';
import type { NearDuplicatePair } from './near-duplicates.js';
import { CORRELATION_STEPS, groupBySource } from './source-groups.js';
import { UnionFind } from './union-find.js';

const SIZE = 16;
const MIN = 0.98;

const pairLists = fc.uniqueArray(
  fc
    .tuple(
      fc.integer({ min: 0, max: SIZE - 1 }),
      fc.integer({ min: 0, max: SIZE - 1 }),
      fc.constantFrom(MIN, ...CORRELATION_STEPS, 0.9845, 0.995, 1),
    )
    .filter(([a, b]) => a !== b)
    .map(([a, b, correlation]) => ({ a: Math.min(a, b), b: Math.max(a, b), correlation })),
  { selector: ({ a, b }) => `${a} ${b}`, maxLength: 60 },
);

describe('groupBySource', () => {
  it('groups, counts and asks for what keeping every pair would', () => {
    const boardLists = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: SIZE, maxLength: SIZE });
    const classSizes = fc.integer({ min: 4, max: SIZE });
    fc.assert(
      fc.property(boardLists, classSizes, pairLists, (boards, firstClass, pairs) => {
        const images = boards.map((board, i) =>
          classifiedImage({ board: `b${board}`, component: i < firstClass ? 'C1' : 'C2', subFolder: `${i}` }),
        );
        const lookAlikes = new LookAlikes(SIZE, CORRELATION_STEPS);
        for (const pair of pairs) lookAlikes.add(pair);
        const grouped = groupBySource(images, lookAlikes, MIN);
        const naive = naiveGroups(
          boards.map((board, i) => `${board} ${i < firstClass}`),
          boards.map((_, i) => (i < firstClass ? 'C1' : 'C2')),
          pairs,
        );
        expect(grouped.groups.map(({ members }) => members)).toEqual(naive.groups);
        expect(grouped.strictestCorrelation).toBe(naive.strictest);
        expect(grouped.bindingPairCount).toBe(naive.binding.length);
        expect(grouped.releasedPairs).toBe(pairs.length - naive.binding.length);
        expect(naive.binding).toEqual(expect.arrayContaining([...grouped.bindingPairs]));
      }),
      { numRuns: 150 },
    );
  });
});

/** The rule of docs/split.md on all pairs. */
function naiveGroups(
  instances: readonly string[],
  classes: readonly string[],
  pairs: readonly NearDuplicatePair[],
): { groups: number[][]; strictest: number; binding: readonly NearDuplicatePair[] } {
  const unite = (binding: readonly NearDuplicatePair[]): number[][] => {
    const sets = new UnionFind(SIZE);
    instances.forEach((instance, i) => sets.union(instances.indexOf(instance), i));
    for (const { a, b } of binding) sets.union(a, b);
    return sets.groups();
  };
  const isOversized = (members: readonly number[]): boolean =>
    ['C1', 'C2'].some((name) => {
      const all = instances.filter((_, i) => classes[i] === name);
      const share = members.filter((i) => classes[i] === name).length / all.length;
      return all.length >= 6 && new Set(all).size >= 3 && share > 0.5;
    });
  let binding = pairs;
  let strictest = MIN;
  for (const step of CORRELATION_STEPS) {
    const oversized = unite(binding).filter(isOversized).flat();
    const kept = binding.filter((pair) => !oversized.includes(pair.a) || pair.correlation >= step);
    if (kept.length < binding.length) strictest = step;
    binding = kept;
  }
  return { groups: unite(binding), strictest, binding };
}
