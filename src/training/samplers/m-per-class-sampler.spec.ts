import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MPerClassSampler } from './m-per-class-sampler.js';

const labelSets = fc
  .array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 9 })
  .map((sizes) => Int32Array.from(sizes.flatMap((size, label) => Array.from({ length: size }, () => label))));

describe('MPerClassSampler', () => {
  it('fills every batch with whole groups, spreads classes and images evenly, and repeats itself by seed', () => {
    fc.assert(
      fc.property(
        labelSets,
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 8 }),
        fc.integer({ min: 0, max: 99 }),
        (labels, samplesPerClass, groups, seed) => {
          const batchSize = samplesPerClass * groups;
          const sampler = new MPerClassSampler({ labels, batchSize, samplesPerClass, seed });
          const plan = sampler.planEpoch(3);
          expect(plan).toHaveLength(Math.max(1, Math.floor(labels.length / batchSize)));
          for (const batch of plan) {
            expect(batch).toHaveLength(batchSize);
            const groupLabels = Array.from({ length: groups }, (_, g) => {
              const group = batch.slice(g * samplesPerClass, (g + 1) * samplesPerClass).map((i) => labels[i]!);
              expect(new Set(group).size).toBe(1);
              return group[0]!;
            });
            const counts = [...new Set(labels)].map((label) => groupLabels.filter((l) => l === label).length);
            expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
          }
          for (const label of new Set(labels)) expectEvenUse(plan.flat(), labels, label);
          expect(new MPerClassSampler({ labels, batchSize, samplesPerClass, seed }).planEpoch(3)).toEqual(plan);
        },
      ),
      // Found by chance once: the count of a hand was lost where a third round began inside a batch.
      { examples: [[Int32Array.from([0, 0, 0, 0, ...Array<number>(11).fill(1), 2, 2, 2, 2, 2]), 2, 5, 27]] },
    );
  });

  it('plans another order for another epoch and another seed', () => {
    const labels = Int32Array.from({ length: 40 }, (_, i) => i % 5);
    const plan = (seed: number, epoch: number): number[][] =>
      new MPerClassSampler({ labels, batchSize: 8, samplesPerClass: 4, seed }).planEpoch(epoch);
    expect(plan(1, 1)).not.toEqual(plan(1, 0));
    expect(plan(2, 0)).not.toEqual(plan(1, 0));
  });

  it('says that classes repeat when the batch holds more groups than there are classes', () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 3);
    const sampler = new MPerClassSampler({ labels, batchSize: 16, samplesPerClass: 4, seed: 1 });
    expect(sampler.notes.join(' ')).toContain('16 holds 4 groups of 4, but there are 3 classes');
  });

  it('lowers the samples a class where the batch would hold one class alone, and says so', () => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 5);
    const sampler = new MPerClassSampler({ labels, batchSize: 6, samplesPerClass: 4, seed: 1 });
    expect(sampler.samplesPerClass).toBe(3);
    expect(sampler.notes[0]).toContain('using 3 instead of 4');
  });

  it.each([3, 7])('refuses a batch of %i that no group size divides, and says which to take', (batchSize) => {
    const labels = Int32Array.from({ length: 60 }, (_, i) => i % 5);
    const build = (): MPerClassSampler => new MPerClassSampler({ labels, batchSize, samplesPerClass: 4, seed: 1 });
    expect(build).toThrow(/Take 8\./);
  });

  it('refuses a single class', () => {
    const labels = new Int32Array(20);
    expect(() => new MPerClassSampler({ labels, batchSize: 8, samplesPerClass: 4, seed: 1 })).toThrow(
      /at least 2 labels, got 1/,
    );
  });

  it('repeats the images of a class smaller than its group', () => {
    const labels = Int32Array.from([0, 1, 1, 1, 1, 1, 1, 1, 1]);
    const sampler = new MPerClassSampler({ labels, batchSize: 8, samplesPerClass: 4, seed: 1 });
    expect(sampler.planEpoch(0)[0]!.filter((i) => i === 0)).toHaveLength(4);
    expect(sampler.notes.join(' ')).toContain('1 of 2 classes have fewer than 4');
  });
});

/** No image of a class is shown twice more than another of the same class. */
function expectEvenUse(drawn: readonly number[], labels: Int32Array, label: number): void {
  const uses = Array.from(labels.keys())
    .filter((i) => labels[i] === label)
    .map((i) => drawn.filter((d) => d === i).length);
  expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
}
