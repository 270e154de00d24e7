export type { ClassKey } from './class-key.js';
export type { ManifestRow, Split } from './manifest.js';
export { NG_LABEL, ORIENTATIONS, ROTATIONS_CW_DEG, type Orientation, type RotationCwDeg } from './orientation-name.js';
export { RunFolder } from './run-folder.js';
