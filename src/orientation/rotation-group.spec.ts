import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ORIENTATIONS, ROTATIONS_CW_DEG } from '../dataset/index.js';
import {
  canonicalOrientation,
  composeTurns,
  inverseTurn,
  turnBetween,
  turnCw,
  type SymmetryOrder,
} from './rotation-group.js';

const orientation = fc.constantFrom(...ORIENTATIONS);
const angle = fc.constantFrom(...ROTATIONS_CW_DEG);
const symmetry = fc.constantFrom<SymmetryOrder>(1, 2, 4);

describe('the rotation group', () => {
  it('turns clockwise: Up, Right, Down, Left, Up', () => {
    expect(['Up', 'Right', 'Down', 'Left'].map((one) => turnCw(one as 'Up', 90))).toEqual([
      'Right',
      'Down',
      'Left',
      'Up',
    ]);
  });

  it('is a group that acts on the orientations', () => {
    fc.assert(
      fc.property(orientation, angle, angle, angle, (o, a, b, c) => {
        expect(turnCw(o, 0)).toBe(o);
        expect(turnCw(turnCw(o, a), b)).toBe(turnCw(o, composeTurns(a, b)));
        expect(composeTurns(composeTurns(a, b), c)).toBe(composeTurns(a, composeTurns(b, c)));
        expect(composeTurns(a, inverseTurn(a))).toBe(0);
        expect(turnBetween(o, turnCw(o, a))).toBe(a);
      }),
    );
  });

  it('makes all four orientations from any one', () => {
    for (const from of ORIENTATIONS) {
      expect(new Set(ROTATIONS_CW_DEG.map((one) => turnCw(from, one)))).toEqual(new Set(ORIENTATIONS));
    }
  });

  it('gives views of a symmetric part that look the same the same name, and others another', () => {
    fc.assert(
      fc.property(orientation, angle, angle, symmetry, (o, a, b, order) => {
        const looksTheSame = (a - b + 360) % (360 / order) === 0;
        const names = [a, b].map((one) => canonicalOrientation(turnCw(o, one), order));
        expect(names[0] === names[1]).toBe(looksTheSame);
      }),
    );
  });
});
