import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ORIENTATIONS } from '../dataset/index.js';
import { angleEvidence, candidatesAtAngle, countAngles, soleAngleDeg } from './mounting-angle.js';
import { canonicalOrientation, turnCw, type SymmetryOrder } from './rotation-group.js';

describe('countAngles', () => {
  it('counts in whole degrees of one circle and leaves out what is missing', () => {
    expect(countAngles([90, 89.8, -270, 450, 359.7, 0, null, undefined, NaN])).toEqual({ '90': 4, '0': 2 });
  });
});

describe('soleAngleDeg', () => {
  it.each([
    [{ '90': 37 }, 90],
    [{ '0': 1, '90': 37 }, null],
    [{}, null],
    [null, null],
  ])('of %j is %j', (angles, sole) => {
    expect(soleAngleDeg(angles)).toBe(sole);
  });
});

describe('angleEvidence', () => {
  const down = { orientation: 'Down', symmetry: 1 } as const;

  it('holds where the part is mounted as it was, and for what looks the same', () => {
    expect(angleEvidence(down, { '90': 3 }, { '90': 37 })).toEqual({
      thenDeg: 90,
      nowDeg: 90,
      holds: true,
      candidates: ['Down'],
    });
    expect(angleEvidence({ ...down, symmetry: 2 }, { '0': 3 }, { '180': 3 })?.holds).toBe(true);
  });

  it('does not hold after a turn', () => {
    expect(angleEvidence(down, { '0': 3 }, { '180': 3 })).toMatchObject({ holds: false, candidates: ['Up'] });
    expect(angleEvidence(down, { '0': 3 }, { '90': 3 })?.holds).toBe(false);
    expect(angleEvidence(down, { '0': 3 }, { '30': 3 })).toMatchObject({ holds: false, candidates: [] });
  });

  it('is silent where a task named no angle or several', () => {
    expect(angleEvidence(down, null, { '90': 3 })).toBeNull();
    expect(angleEvidence(down, {}, { '90': 3 })).toBeNull();
    expect(angleEvidence(down, { '90': 3 }, { '90': 3, '0': 1 })).toBeNull();
  });
});

describe('candidatesAtAngle', () => {
  const up = { orientation: 'Up', symmetry: 1 } as const;

  it('keeps the answer at the same angle, and takes the opposite after half a turn', () => {
    expect(candidatesAtAngle(up, 90, 90)).toEqual(['Up']);
    expect(candidatesAtAngle(up, 90, 270)).toEqual(['Down']);
    expect(candidatesAtAngle(up, 359, 1)).toEqual(['Up']);
  });

  it('names both ways of a quarter turn, since nobody knows which way the factory counts', () => {
    expect([...candidatesAtAngle(up, 0, 90)].sort()).toEqual(['Left', 'Right']);
    expect([...candidatesAtAngle(up, 0, 270)].sort()).toEqual(['Left', 'Right']);
  });

  it('says nothing about parts that are mounted askew', () => {
    expect(candidatesAtAngle(up, 0, 45)).toEqual([]);
  });

  it('uses the names that the symmetry leaves', () => {
    expect(candidatesAtAngle({ orientation: 'Down', symmetry: 2 }, 0, 180)).toEqual(['Up']);
    expect(candidatesAtAngle({ orientation: 'Up', symmetry: 2 }, 0, 90)).toEqual(['Right']);
    expect(candidatesAtAngle({ orientation: 'Left', symmetry: 4 }, 0, 90)).toEqual(['Up']);
  });

  it('holds the truth whichever way the factory counts', () => {
    const symmetry = fc.constantFrom<SymmetryOrder>(1, 2, 4);
    const quarter = fc.constantFrom(0, 90, 180, 270);
    fc.assert(
      fc.property(fc.constantFrom(...ORIENTATIONS), symmetry, quarter, quarter, fc.boolean(), (o, s, a, b, cw) => {
        const turn = ((cw ? b - a : a - b) + 720) % 360;
        const truth = canonicalOrientation(turnCw(o, turn as 0), s);
        expect(candidatesAtAngle({ orientation: o, symmetry: s }, a, b)).toContain(truth);
      }),
    );
  });
});
