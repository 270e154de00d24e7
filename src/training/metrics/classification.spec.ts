import { describe, expect, it } from '@jest/globals';
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
