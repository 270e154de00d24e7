import { describe, expect, it } from '@jest/globals';
import { LossScale } from './loss-scale.js';

describe('the loss scale', () => {
  it('halves at every overflow down to one, and then gives up', () => {
    const scale = new LossScale(true);
    const start = scale.value;
    let halvings = 0;
    while (scale.shrink()) halvings++;
    expect(scale.value).toBe(1);
    expect(halvings).toBe(Math.log2(start));
  });

  it('doubles only after a long run without an overflow, up to a limit', () => {
    const scale = new LossScale(true);
    const start = scale.value;
    for (let i = 0; i < 499; i++) scale.succeeded();
    expect(scale.value).toBe(start);
    scale.succeeded();
    expect(scale.value).toBe(2 * start);
    for (let i = 0; i < 10_000; i++) scale.succeeded();
    expect(scale.value).toBe(65_536);
  });

  it('is one, always, in single precision', () => {
    const scale = new LossScale(false);
    for (let i = 0; i < 1000; i++) scale.succeeded();
    expect([scale.value, scale.shrink()]).toEqual([1, false]);
  });
});
