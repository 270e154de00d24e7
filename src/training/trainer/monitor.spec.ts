import { describe, expect, it } from '@jest/globals';
import type { ManifestRow } from '../../dataset/index.js';
import { chooseMonitor, monitoredValue } from './monitor.js';
import type { TrainingData } from './training-data.js';

describe('chooseMonitor', () => {
  it('takes the configured figure where two sources of a label are validated', () => {
    const data = dataOf([
      ['Up', 'a'],
      ['Up', 'b'],
    ]);
    expect(chooseMonitor('mapAtR', data)).toEqual({ name: 'mapAtR', higherIsBetter: true, note: null });
    expect(chooseMonitor('valLoss', data)).toEqual({ name: 'valLoss', higherIsBetter: false, note: null });
  });

  it('takes the validation loss where no picture has a counterpart from another source, and says so', () => {
    const monitor = chooseMonitor(
      'precisionAt1',
      dataOf([
        ['Up', 'a'],
        ['Down', 'a'],
        ['Up', 'a'],
      ]),
    );
    expect(monitor).toMatchObject({ name: 'valLoss', higherIsBetter: false });
    expect(monitor.note).toContain('instead of precisionAt1');
  });

  it('takes the training loss where there is nothing to validate', () => {
    expect(chooseMonitor('mapAtR', dataOf([]))).toMatchObject({ name: 'trainLoss', higherIsBetter: false });
  });

  it('reads the figure it names', () => {
    const figures = { mapAtR: 0.8, precisionAt1: 0.9, loss: 2 };
    const value = (name: 'mapAtR' | 'precisionAt1' | 'valLoss' | 'trainLoss'): number =>
      monitoredValue({ name, higherIsBetter: true, note: null }, figures, 5);
    expect([value('mapAtR'), value('precisionAt1'), value('valLoss'), value('trainLoss')]).toEqual([0.8, 0.9, 2, 5]);
  });
});

/** Validation pictures by label and source; two training pictures before them. */
function dataOf(validation: readonly (readonly [string, string])[]): TrainingData {
  const rows = [['Up', 'x'], ['Down', 'y'], ...validation].map(
    ([label, groupId]) => ({ label, groupId }) as ManifestRow,
  );
  return {
    classes: ['Down', 'Up'],
    rows,
    files: [],
    labels: Int32Array.from(rows, ({ label }) => ['Down', 'Up'].indexOf(label)),
    trainCount: 2,
    digest: '',
    normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
}
