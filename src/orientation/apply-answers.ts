import {
  NG_LABEL,
  type ClassifiedImage,
  type ClassNaming,
  type Orientation,
  type RotationCwDeg,
} from '../dataset/index.js';
import type { Answers } from './answers.js';
import { canonicalOrientation, turnCw, type SymmetryOrder } from './rotation-group.js';

export type LabelScheme = 'orientation' | 'component';

/** An image that takes part, and which way its part points as photographed; null for NG. */
export interface OrientedImage {
  readonly image: ClassifiedImage;
  readonly folder: string;
  readonly confirmed: { readonly orientation: Orientation; readonly symmetry: SymmetryOrder } | null;
}

export interface AppliedAnswers {
  readonly images: readonly OrientedImage[];
  /** Class folders that were answered with skip, sorted. */
  readonly skippedClasses: readonly string[];
  /** Images of skipped classes, good and NG, that take no part. */
  readonly skippedImages: number;
}

/**
 * Gives every image its confirmed orientation. Images of a skipped class take no part, NG ones included;
 * NG images of a class that has no good images (and so no answer) stay, since any defect is one.
 */
export function applyAnswers(
  images: readonly ClassifiedImage[],
  naming: ClassNaming,
  answers: Answers,
): AppliedAnswers {
  const taking: OrientedImage[] = [];
  const skippedClasses = new Set<string>();
  for (const image of images) {
    const folder = naming.folderOf(image.classKey);
    const answer = answers.get(folder);
    if (answer?.kind === 'skip') skippedClasses.add(folder);
    else if (!image.ok) taking.push({ image, folder, confirmed: null });
    else if (answer === undefined) throw new RangeError(`class "${folder}" has no answer; validate the answers first`);
    else taking.push({ image, folder, confirmed: answer });
  }
  return {
    images: taking,
    skippedClasses: [...skippedClasses].sort(),
    skippedImages: images.length - taking.length,
  };
}

/** Which way the part points after a turn, under the one name that all equal-looking orientations share; null for NG. */
export function orientationAfter(oriented: OrientedImage, angleCwDeg: RotationCwDeg): Orientation | null {
  if (oriented.confirmed === null) return null;
  const { orientation, symmetry } = oriented.confirmed;
  return canonicalOrientation(turnCw(orientation, angleCwDeg), symmetry);
}

/** What the model learns to tell apart, and the folder name it has under `dataset/train`. */
export function labelOf(folder: string, orientation: Orientation | null, scheme: LabelScheme): string {
  if (orientation === null) return NG_LABEL;
  return scheme === 'orientation' ? orientation : `${folder}_${orientation}`;
}
