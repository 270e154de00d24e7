/** Clockwise order of the rotation group: each step is 90° clockwise. */
export const ORIENTATIONS = ['Up', 'Right', 'Down', 'Left'] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

export const ROTATIONS_CW_DEG = [0, 90, 180, 270] as const;
export type RotationCwDeg = (typeof ROTATIONS_CW_DEG)[number];

/** The label of images that show a defect. */
export const NG_LABEL = 'NG';

/** How many quarter turns look the same: 1 none but the full turn, 2 half turns, 4 every quarter turn. */
export type SymmetryOrder = 1 | 2 | 4;

/** Where a part points after its image was turned clockwise: Up –90→ Right –90→ Down –90→ Left –90→ Up. */
export function turnCw(orientation: Orientation, angleCwDeg: RotationCwDeg): Orientation {
  return ORIENTATIONS[(ORIENTATIONS.indexOf(orientation) + angleCwDeg / 90) % 4]!;
}

/**
 * The one name for all orientations that look the same on a symmetric part: of a two-fold part Up stands for
 * Up and Down, Right for Right and Left; of a four-fold part Up stands for all. So equal pictures never get
 * contradictory labels.
 */
export function canonicalOrientation(orientation: Orientation, symmetry: SymmetryOrder): Orientation {
  return ORIENTATIONS[ORIENTATIONS.indexOf(orientation) % (4 / symmetry)]!;
}
