import { describe, expect, it } from '@jest/globals';
import { Random } from '../../../common/index.js';
import { createAdamW, createPlainAdamW, EPSILON, type AdamW } from './adamw.js';

const LENGTH = 64;

function filled(adamw: AdamW): AdamW {
  const random = new Random('adamw');
  for (let i = 0; i < LENGTH; i++) {
    adamw.parameters[i] = random.normal();
    adamw.gradients[i] = random.normal();
  }
  return adamw;
}

describe('AdamW', () => {
  it('in SIMD WebAssembly equals plain JavaScript over several steps, on the given range only', async () => {
    const [fast, plain] = [filled(await createAdamW(LENGTH)), filled(createPlainAdamW(LENGTH))];
    expect(fast.kind).toBe('wasm-simd');
    const before = fast.parameters.slice();
    const range = { offset: 16, count: 32 };
    for (let stepCount = 1; stepCount <= 5; stepCount++) {
      const step = { learningRate: 1e-2, weightDecay: 0.1, stepCount, gradientScale: 0.5 };
      fast.update(range, step);
      plain.update(range, step);
    }
    for (let i = 0; i < LENGTH; i++) {
      expect(fast.parameters[i]).toBeCloseTo(plain.parameters[i]!, 5);
      expect(fast.firstMoments[i]).toBeCloseTo(plain.firstMoments[i]!, 6);
      expect(fast.secondMoments[i]).toBeCloseTo(plain.secondMoments[i]!, 6);
      if (i < 16 || i >= 48) expect(fast.parameters[i]).toBe(before[i]);
    }
    expect(fast.gradientSumOfSquares(range)).toBeCloseTo(plain.gradientSumOfSquares(range), 5);
  });

  it('adds up squares over any range, and those that single precision cannot hold', async () => {
    const adamw = filled(await createAdamW(LENGTH));
    for (const count of [4, 12, 16, 28, 64]) {
      const expected = adamw.gradients.subarray(0, count).reduce((sum, g) => sum + g * g, 0);
      expect(adamw.gradientSumOfSquares({ offset: 0, count }) / expected).toBeCloseTo(1, 6);
    }
    adamw.gradients[5] = 1e25;
    expect(Math.sqrt(adamw.gradientSumOfSquares({ offset: 0, count: LENGTH })) / 1e25).toBeCloseTo(1, 6);
    adamw.gradients[6] = Number.NaN;
    expect(adamw.gradientSumOfSquares({ offset: 0, count: LENGTH })).toBeNaN();
  });

  it('takes a first step of the learning rate against the gradient, after the decay', () => {
    const adamw = filled(createPlainAdamW(LENGTH));
    const [p, g] = [adamw.parameters[0]!, adamw.gradients[0]!];
    adamw.update({ offset: 0, count: 4 }, { learningRate: 0.01, weightDecay: 0.1, stepCount: 1, gradientScale: 1 });
    const expected = p * (1 - 0.01 * 0.1) - (0.01 * g) / (Math.abs(g) + EPSILON);
    expect(adamw.parameters[0]).toBeCloseTo(expected, 5);
  });
});
