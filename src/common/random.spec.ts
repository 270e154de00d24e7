import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from './random.js';

describe('Random', () => {
  it('repeats its numbers for the same seed and differs for another', () => {
    const draw = (seed: number | string) => Array.from({ length: 20 }, (_, i) => new Random(`${seed}/${i}`).next());
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('continues from a saved state with the same numbers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(50), (seed, skip) => {
        const random = new Random(seed);
        for (let i = 0; i < skip; i++) random.next();
        const resumed = Random.fromState(random.saveState());
        expect(Array.from({ length: 8 }, () => resumed.next())).toEqual(Array.from({ length: 8 }, () => random.next()));
      }),
    );
  });

  it('draws uniform integers from every bucket evenly', () => {
    const random = new Random(1);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.integer(10)]! += 1;
    // 6 standard deviations of a binomial(10000, 0.1).
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(180);
  });

  it('draws standard normals with mean 0 and variance 1', () => {
    const random = new Random(3);
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
  });

  it('fills arrays with the very numbers that it would draw one by one', () => {
    const [filling, drawing] = [new Random(4), new Random(4)];
    const filled = filling.fillUniform(new Float32Array(100), -2, 3);
    const drawn = Array.from({ length: 100 }, () => drawing.uniform(-2, 3));
    filled.forEach((value, i) => expect(value).toBeCloseTo(drawn[i]!, 6));
    expect(filling.saveState()).toEqual(drawing.saveState());
  });

  it('fills arrays with normal numbers: moments, tails and a state to go on from', () => {
    const random = new Random(5);
    const values = random.fillNormal(new Float32Array(400_000), 2).map((value) => value / 2);
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length;
    expect(Math.abs(moment(1))).toBeLessThan(0.01);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.015);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1);
    const share = (edge: number) =>
      values.reduce((n, value) => n + (Math.abs(value) > edge ? 1 : 0), 0) / values.length;
    // Two-sided tails of the normal distribution, within six standard deviations.
    for (const [edge, expected] of [
      [0.5, 0.617075],
      [1, 0.317311],
      [2, 0.0455],
      [3, 0.0027],
      [3.6, 0.000318],
    ] as const)
      expect(Math.abs(share(edge) - expected)).toBeLessThan(6 * Math.sqrt(expected / values.length));
    expect(values.filter((value) => value > 3.45).length).toBeGreaterThan(20);
    expect(values.filter((value) => value < -3.45).length).toBeGreaterThan(20);
    expect(new Set(random.saveState()).size).toBe(4);
    expect(random.next()).not.toBe(new Random(5).next());
  });

  it('shuffles into a permutation and leaves its input alone', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
        const before = [...items];
        const shuffled = new Random(seed).shuffled(items);
        expect(items).toEqual(before);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });
});
