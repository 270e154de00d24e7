import { ORIENTATIONS, ROTATIONS_CW_DEG, type Orientation, type RotationCwDeg } from '../dataset/index.js';

/** How many quarter turns look the same: 1 none but the full turn, 2 half turns, 4 every quarter turn. */
export type SymmetryOrder = 1 | 2 | 4;

/** Where a part points after its image was turned clockwise: Up –90→ Right –90→ Down –90→ Left –90→ Up. */
export function turnCw(orientation: Orientation, angleCwDeg: RotationCwDeg): Orientation {
  return ORIENTATIONS[(ORIENTATIONS.indexOf(orientation) + angleCwDeg / 90) % 4]!;
}

/** The clockwise turn that takes one orientation to another. */
export function turnBetween(from: Orientation, to: Orientation): RotationCwDeg {
  return ROTATIONS_CW_DEG[(ORIENTATIONS.indexOf(to) - ORIENTATIONS.indexOf(from) + 4) % 4]!;
}

export function composeTurns(first: RotationCwDeg, second: RotationCwDeg): RotationCwDeg {
  return ((first + second) % 360) as RotationCwDeg;
}

export function inverseTurn(angleCwDeg: RotationCwDeg): RotationCwDeg {
  return ((360 - angleCwDeg) % 360) as RotationCwDeg;
}

/**
 * The one name for all orientations that look the same on a symmetric part: of a two-fold part Up stands for
 * Up and Down, Right for Right and Left; of a four-fold part Up stands for all. So equal pictures never get
 * contradictory labels.
 */
export function canonicalOrientation(orientation: Orientation, symmetry: SymmetryOrder): Orientation {
  return ORIENTATIONS[ORIENTATIONS.indexOf(orientation) % (4 / symmetry)]!;
}
