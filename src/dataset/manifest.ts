import type { ClassKey } from './class-key.js';
import type { Orientation, RotationCwDeg } from './orientation-name.js';

export type Split = 'train' | 'val';

/** One row of `dataset/manifest.jsonl`: one image file of the data set. */
export interface ManifestRow {
  /** Path of the image, relative to the run folder, with forward slashes. */
  readonly path: string;
  /** The original's path relative to the input folder, with forward slashes. */
  readonly sourcePath: string;
  /** SHA-256 of the original's bytes, hex. */
  readonly sourceDigest: string;
  readonly classKey: ClassKey;
  /** Which way the part points in this image, after rotation; null for NG images. */
  readonly orientation: Orientation | null;
  /** How far this image was turned from its original, clockwise. */
  readonly rotationCwDeg: RotationCwDeg;
  readonly split: Split;
  /** What the model is trained on: an orientation or `NG` (`labels: orientation`), or class × orientation. */
  readonly label: string;
  readonly ok: boolean;
  /** The split's group: board, component instance and near-duplicate cluster. Never on both sides. */
  readonly groupId: string;
}
