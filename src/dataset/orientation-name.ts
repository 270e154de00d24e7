/** Clockwise order of the rotation group: each step is 90° clockwise. */
export const ORIENTATIONS = ['Up', 'Right', 'Down', 'Left'] as const;
export type Orientation = (typeof ORIENTATIONS)[number];

export const ROTATIONS_CW_DEG = [0, 90, 180, 270] as const;
export type RotationCwDeg = (typeof ROTATIONS_CW_DEG)[number];

/** The label of images that show a defect. */
export const NG_LABEL = 'NG';
