import { describe, expect, it } from '@jest/globals';
import { mcNemar, pairedDifference } from './paired.js';

describe('mcNemar', () => {
  it('is the exact binomial test of the discordant pairs', () => {
    const a = [...Array<boolean>(9).fill(true), ...Array<boolean>(1).fill(false), true, false];
    const b = [...Array<boolean>(9).fill(false), ...Array<boolean>(1).fill(true), true, false];
    // R: binom.test(1, 10)$p.value
    expect(mcNemar(a, b)).toEqual({ onlyA: 9, onlyB: 1, pValue: expect.closeTo(0.021_484_375, 9) });
  });

  it('finds no difference where no answer differs', () => {
    expect(mcNemar([true, false], [true, false]).pValue).toBe(1);
  });
});

describe('pairedDifference', () => {
  it('tries every sign pattern when there are few clusters', () => {
    const { mean, pValue } = pairedDifference([0, 0, 0, 0, 0], [1, 1, 1, 1, 1]);
    expect(mean).toBe(1);
    expect(pValue).toBe(2 / 32);
  });

  it('counts an image and its rotations once', () => {
    const a = new Array<number>(40).fill(0);
    const b = a.map((_, i) => (i < 20 ? 1 : 0.9));
    const clusters = a.map((_, i) => Math.floor(i / 20));
    expect(pairedDifference(a, b).pValue).toBeLessThan(0.001);
    expect(pairedDifference(a, b, { clusters }).pValue).toBe(0.5);
  });

  it('is calm about noise and sure of a shift', () => {
    const a = Array.from({ length: 100 }, (_, i) => Math.sin(i * 12.9898));
    const noise = a.map((x, i) => x + Math.sin(i * 78.233) * 0.1);
    const shifted = noise.map((x) => x + 0.08);
    expect(pairedDifference(a, noise, { seed: 1 }).pValue).toBeGreaterThan(0.05);
    expect(pairedDifference(a, shifted, { seed: 1 }).pValue).toBeLessThan(0.001);
  });
});
