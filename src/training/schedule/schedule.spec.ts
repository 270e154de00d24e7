import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { describeWithShared, sharedPath } from '../../../test/support/shared-data.js';
import type { NamedTensors } from '../engines/engine.js';
import { EarlyStopping, type EarlyStoppingState } from './early-stopping.js';
import { learningRateMultiplier } from './learning-rate.js';
import { emptyAverage, updateExponential, updateMean, type ModelWeights } from './weight-averaging.js';

describeWithShared('learning rate against the original', 'parity/lr_schedule.json', () => {
  it.each(['10', '40', '50'])('follows the reference over %s epochs', async (maxEpochs) => {
    const file = JSON.parse(await readFile(sharedPath('parity/lr_schedule.json'), 'utf8')) as Record<string, number[]>;
    const spec = { maxEpochs: Number(maxEpochs), warmupShare: 0.05, swaStartEpoch: null };
    file[maxEpochs]!.forEach((expected, epoch) =>
      expect(Math.abs(learningRateMultiplier(epoch, spec) - expected)).toBeLessThan(1e-6),
    );
  });
});

describe('learning rate with weight averaging', () => {
  it('leaves the cosine where SWA begins, without a jump, and settles at its level', () => {
    const spec = { maxEpochs: 40, warmupShare: 0.05, swaStartEpoch: 30 };
    const plain = { ...spec, swaStartEpoch: null };
    expect(learningRateMultiplier(29, spec)).toBe(learningRateMultiplier(29, plain));
    expect(learningRateMultiplier(30, spec)).toBeCloseTo(learningRateMultiplier(30, plain), 12);
    expect(learningRateMultiplier(40, spec)).toBeCloseTo(0.1, 12);
    expect(learningRateMultiplier(50, spec)).toBeCloseTo(0.1, 12);
  });
});

describe('EarlyStopping', () => {
  it('stops after as many validations without improvement as patience says, and remembers the best', () => {
    const stopping = new EarlyStopping({
      higherIsBetter: true,
      patience: 2,
      validateEveryEpochs: 1,
      countFromEpoch: 0,
    });
    const verdicts = [0.5, 0.7, 0.7, 0.6].map((value, epoch) => stopping.report(epoch, value));
    expect(verdicts.map(({ keep }) => keep)).toEqual([true, true, false, false]);
    expect(verdicts.map(({ stop }) => stop)).toEqual([false, false, false, true]);
    expect(stopping.state).toEqual({ bestValue: 0.7, bestTieBreak: 0, bestEpoch: 1 });
  });

  it('keeps the lowest tie-break among equal figures, without going on for it', () => {
    const stopping = new EarlyStopping({
      higherIsBetter: true,
      patience: 2,
      validateEveryEpochs: 1,
      countFromEpoch: 0,
    });
    const verdicts = [3, 2, 1].map((loss, epoch) => stopping.report(epoch, 1, loss));
    expect(verdicts.map(({ keep }) => keep)).toEqual([true, true, true]);
    expect(verdicts.map(({ stop }) => stop)).toEqual([false, false, true]);
    expect(stopping.report(3, 0.9, 0).keep).toBe(false);
  });

  it('does not count epochs of a frozen backbone', () => {
    const stopping = new EarlyStopping({
      higherIsBetter: false,
      patience: 2,
      validateEveryEpochs: 1,
      countFromEpoch: 4,
    });
    const stops = [1, 1, 1, 1, 1, 1].map((value, epoch) => stopping.report(epoch, value).stop);
    expect(stops).toEqual([false, false, false, false, false, true]);
  });

  it('counts validations, however many epochs lie between them', () => {
    const stopsAfter = (countFromEpoch: number, state?: EarlyStoppingState): number => {
      const spec = { higherIsBetter: true, patience: 2, validateEveryEpochs: 3, countFromEpoch };
      const stopping = new EarlyStopping(spec, state);
      // After epochs 3, 6, 9, ...: the second one is the best.
      const values = [0.5, 0.7, 0.6, 0.7, 0.6, 0.6, 0.6, 0.6];
      return values.findIndex((value, i) => stopping.report(3 * (i + 1) - 1, value).stop) + 1;
    };
    expect(stopsAfter(0)).toBe(4);
    // Of a backbone that is frozen for ten epochs, the validation after epoch 12 is the first that counts.
    expect(stopsAfter(10)).toBe(5);
    expect(stopsAfter(0, { bestValue: 0.9, bestTieBreak: 0, bestEpoch: 2 })).toBe(3);
  });

  it('continues from a stored state and never takes NaN for an improvement', () => {
    const stopping = new EarlyStopping(
      { higherIsBetter: false, patience: null, validateEveryEpochs: 1, countFromEpoch: 0 },
      { bestValue: 0.2, bestTieBreak: 0, bestEpoch: 3 },
    );
    expect(stopping.report(4, Number.NaN)).toEqual({ keep: false, stop: false });
    expect(stopping.report(5, 0.1).keep).toBe(true);
  });
});

describe('weight averages', () => {
  const series = [1, 4, 2, 8, 5].map(weightsOf);

  it('the mean is the mean', () => {
    const average = series.reduce((current, weights) => updateMean(current, weights), emptyAverage);
    expect(average.weights!.parameters.get('model.w')!.data[0]).toBeCloseTo(4, 6);
    expect(average.weights!.buffers.get('model.bn.running_mean')!.data[0]).toBeCloseTo(-4, 6);
    expect(average.count).toBe(5);
  });

  it('the exponential average follows its recurrence with the early decay', () => {
    let expected = 1;
    let average = updateExponential(emptyAverage, series[0]!, 0.9);
    [4, 2, 8, 5].forEach((value, i) => {
      const decay = Math.min(0.9, (2 + i) / (11 + i));
      expected = decay * expected + (1 - decay) * value;
      average = updateExponential(average, series[i + 1]!, 0.9);
    });
    expect(average.weights!.parameters.get('model.w')!.data[0]).toBeCloseTo(expected, 5);
  });

  it('does not share memory with the weights it was made of', () => {
    const weights = weightsOf(1);
    const average = updateMean(emptyAverage, weights);
    weights.parameters.get('model.w')!.data[0] = 99;
    expect(average.weights!.parameters.get('model.w')!.data[0]).toBe(1);
  });
});

function weightsOf(value: number): ModelWeights {
  const tensors = (name: string, data: number): NamedTensors =>
    new Map([[name, { shape: [1], data: Float32Array.of(data) }]]);
  return { parameters: tensors('model.w', value), buffers: tensors('model.bn.running_mean', -value) };
}
