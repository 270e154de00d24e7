import { ORIENTATIONS, ROTATIONS_CW_DEG, type Orientation, type RotationCwDeg } from '../dataset/index.js';

export { canonicalOrientation, turnCw, type SymmetryOrder } from '../dataset/index.js';

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
