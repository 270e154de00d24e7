import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { digitsBelow, wholeTime } from './figures.js';

describe('digitsBelow', () => {
  it('takes no more digits than asked for, but where they would read as the limit', () => {
    expect([98.2, 99.94, 99.96, 99.9996, 100].map((value) => digitsBelow(100, value, 1))).toEqual([1, 1, 2, 4, 1]);
    expect([0, 1].map((digits) => digitsBelow(1, 0.996, digits))).toEqual([3, 3]);
  });

  it('is not misled by what the arithmetic leaves', () => {
    expect(digitsBelow(1, 0.1 * 3 + 0.7 - Number.EPSILON, 2)).toBe(2);
  });

  it('writes nothing below the limit as the limit', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100 - 1e-6, noNaN: true }), fc.nat(4), (value, digits) => {
        expect(Number(value.toFixed(digitsBelow(100, value, digits)))).toBeLessThan(100);
      }),
    );
  });
});

describe('wholeTime', () => {
  it('carries what is rounded up into the next unit', () => {
    expect(wholeTime(119.6)).toEqual({ hours: 0, minutes: 2, seconds: 0 });
    expect(wholeTime(3599.5)).toEqual({ hours: 1, minutes: 0, seconds: 0 });
    expect(wholeTime(3725.4)).toEqual({ hours: 1, minutes: 2, seconds: 5 });
  });
});
