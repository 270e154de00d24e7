import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classificationReport, confusionMatrix } from './classification.js';

describe('classificationReport', () => {
  it('divides by zero to 0 and counts a rejected answer as wrong', () => {
    const report = classificationReport([0, 0, 1], [0, -1, 0], ['a', 'b', 'never seen']);
    expect(report.perClass[0]).toEqual({ precision: 0.5, recall: 0.5, f1: 0.5, support: 2 });
    expect(report.perClass[1]).toEqual({ precision: 0, recall: 0, f1: 0, support: 1 });
    expect(report.macro.precision).toBe(0.25);
    expect(report.weighted.recall).toBeCloseTo(1 / 3, 12);
    expect(report.accuracy).toBeCloseTo(1 / 3, 12);
  });

  it('agrees with naive counts, with one class, classes that nobody has, and rejected answers', () => {
    const names = ['a', 'b', 'c', 'd'];
    const answers = fc.integer({ min: 1, max: 4 }).chain((size) =>
      fc.record({
        size: fc.constant(size),
        pairs: fc.array(fc.tuple(fc.nat(size - 1), fc.integer({ min: -1, max: size - 1 })), { maxLength: 40 }),
      }),
    );
    fc.assert(
      fc.property(answers, ({ size, pairs }) => {
        const classes = names.slice(0, size);
        const [truths, predictions] = [pairs.map(([t]) => t), pairs.map(([, p]) => p)];
        const report = classificationReport(truths, predictions, classes);
        const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
        const count = (test: (t: number, p: number) => boolean): number => pairs.filter(([t, p]) => test(t, p)).length;
        const naive = classes.map((_, c) => {
          const both = count((t, p) => t === c && p === c);
          const precision = share(
            both,
            count((_, p) => p === c),
          );
          const support = count((t) => t === c);
          const recall = share(both, support);
          return { precision, recall, f1: share(2 * precision * recall, precision + recall), support };
        });
        naive.forEach((figures, c) =>
          Object.entries(figures).forEach(([name, value]) =>
            expect(report.perClass[c]![name as 'f1']).toBeCloseTo(value, 12),
          ),
        );
        const present = naive.filter((_, c) => pairs.some((pair) => pair.includes(c)));
        for (const name of ['precision', 'recall', 'f1'] as const) {
          const sum = (of: (f: (typeof naive)[number]) => number): number =>
            present.reduce((total, figures) => total + of(figures), 0);
          expect(report.macro[name]).toBeCloseTo(
            share(
              sum((f) => f[name]),
              present.length,
            ),
            12,
          );
          expect(report.weighted[name]).toBeCloseTo(
            share(
              sum((f) => f.support * f[name]),
              pairs.length,
            ),
            12,
          );
        }
        expect(report.accuracy).toBe(pairs.length === 0 ? null : count((t, p) => t === p) / pairs.length);
        const { counts } = confusionMatrix(truths, predictions, classes);
        for (let t = 0; t < size; t++)
          for (let p = 0; p < size; p++) expect(counts[t]![p]).toBe(count((a, b) => a === t && b === p));
      }),
    );
  });

  it('has no accuracy without images', () => {
    expect(classificationReport([], [], ['a']).accuracy).toBeNull();
  });
});

describe('confusionMatrix', () => {
  it('counts by true row and predicted column, leaving rejected answers out', () => {
    expect(confusionMatrix([0, 1, 1, 1], [0, 0, 1, -1], ['a', 'b']).counts).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });
});
