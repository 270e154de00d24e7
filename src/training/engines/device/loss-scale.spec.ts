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

  it('goes on from a kept state as if it had never stopped, and from the start without one', () => {
    const [first, second] = [new LossScale(true), new LossScale(true)];
    first.shrink();
    for (let i = 0; i < 300; i++) first.succeeded();
    second.restore(first.state);
    expect(second.state).toEqual({ value: 512, goodSteps: 300 });
    for (let i = 0; i < 200; i++) [first, second].forEach((scale) => scale.succeeded());
    expect(second.value).toBe(1024);
    expect(second.state).toEqual(first.state);
    second.restore(undefined);
    expect(second.state).toEqual(new LossScale(true).state);
  });

  it('is one, always, in single precision', () => {
    const scale = new LossScale(false);
    for (let i = 0; i < 1000; i++) scale.succeeded();
    scale.restore({ value: 64, goodSteps: 3 });
    expect([scale.value, scale.shrink(), scale.state]).toEqual([1, false, undefined]);
  });
});
