import { createHash } from 'node:crypto';
import { badInput } from '../common/index.js';
import {
  NG_LABEL,
  ROTATIONS_CW_DEG,
  turnedStem,
  uniqueStems,
  type ImageFormat,
  type ManifestRow,
  type Side,
  type SourceSplit,
  type Split,
} from '../dataset/index.js';
import { labelOf, orientationAfter, type LabelScheme, type OrientedImage } from './apply-answers.js';
import type { RotationEncoding } from './encode-image.js';

export interface DatasetConfig {
  /** Share of the images asked for validation, 0..1. */
  readonly validationShare: number;
  readonly labels: LabelScheme;
  readonly ng: 'class' | 'calibration';
  /** Perceptual-hash distance up to which two images are compared as near-duplicates, bits of 64. */
  readonly nearDuplicateBits: number;
  /** Side in px of the training images; mean and standard deviation are computed at this size. */
  readonly imageSizePx: number;
}

/** One file to make, and its manifest row. */
export interface PlannedFile {
  /** Below the run folder, with forward slashes: `oriented_data/<orientation>/…`. */
  readonly orientedPath: string;
  readonly row: ManifestRow;
}

/** All files of one original. */
export interface PlannedSource {
  readonly oriented: OrientedImage;
  readonly files: readonly PlannedFile[];
  /** True when its pixels count for mean and standard deviation. */
  readonly trains: boolean;
}

export interface DatasetPlan {
  readonly sources: readonly PlannedSource[];
  /** Changes whenever any file of the data set would be another. */
  readonly digest: string;
  /** Labels of the training side, sorted. */
  readonly labels: readonly string[];
}

const PLAN_VERSION = 1;

/**
 * Decides every file of the data set before the first one is made: all four rotations of every original,
 * good and NG alike (so that being NG says nothing about the orientation), each on its source's side.
 * Throws AppError (badInput) when nothing is left to train on or to validate with, or only one label is.
 */
export function planDataset(
  images: readonly OrientedImage[],
  split: Pick<SourceSplit, 'sides' | 'groupIds'>,
  config: DatasetConfig,
  encoding: RotationEncoding,
): DatasetPlan {
  const stems = uniqueStems(images.map(({ image }) => image));
  const sources = images
    .map((oriented, i) => planSource(oriented, stems[i]!, split.sides[i]!, split.groupIds[i]!, config))
    .sort((a, b) => (a.oriented.image.relativePath < b.oriented.image.relativePath ? -1 : 1));
  const labels = [
    ...new Set(
      sources.flatMap((source) => source.files.flatMap(({ row }) => (row.split === 'train' ? [row.label] : []))),
    ),
  ].sort();
  requireTrainable(sources, labels);
  const hash = createHash('sha256').update(JSON.stringify([PLAN_VERSION, encoding, config.imageSizePx]));
  for (const { files } of sources) for (const file of files) hash.update(JSON.stringify([file.orientedPath, file.row]));
  return { sources, digest: hash.digest('hex'), labels };
}

function planSource(
  oriented: OrientedImage,
  stem: string,
  side: Side,
  groupId: string,
  config: DatasetConfig,
): PlannedSource {
  const { image, folder } = oriented;
  const split: Split = side === 'train' && !image.ok && config.ng === 'calibration' ? 'calibration' : side;
  const files = ROTATIONS_CW_DEG.map((angle): PlannedFile => {
    const orientation = orientationAfter(oriented, angle);
    const label = labelOf(folder, orientation, config.labels);
    const fileName =
      angle === 0 ? `${stem}.${image.name.extension}` : `${turnedStem(stem, angle)}.${rotatedExtension(image.format)}`;
    return {
      orientedPath: `oriented_data/${orientation ?? NG_LABEL}/${fileName}`,
      row: {
        path: `dataset/${split}/${label}/${fileName}`,
        sourcePath: image.relativePath,
        sourceDigest: image.sha256,
        classKey: image.classKey,
        orientation,
        rotationCwDeg: angle,
        split,
        label,
        ok: image.ok,
        groupId,
      },
    };
  });
  return { oriented, files, trains: split === 'train' };
}

/** JPEG stays JPEG; PNG and BMP become PNG, which is lossless. */
function rotatedExtension(format: ImageFormat): 'jpg' | 'png' {
  return format === 'jpeg' ? 'jpg' : 'png';
}

function requireTrainable(sources: readonly PlannedSource[], labels: readonly string[]): void {
  const good = sources.filter((source) => source.oriented.image.ok);
  if (good.length === 0) {
    throw badInput(
      'NOTHING_TO_TRAIN',
      'data set: expected good images of at least one class that is not skipped, got none; answer at least one class with an orientation',
    );
  }
  if (labels.length < 2) {
    throw badInput(
      'ONE_LABEL',
      `data set: expected at least two labels to tell apart, got only ${labels.map((label) => `"${label}"`).join('')}; ` +
        'add classes, NG images, or parts that are not symmetric',
      { labels },
    );
  }
  if (!good.some((source) => source.files[0]!.row.split === 'val')) {
    throw badInput(
      'NOTHING_TO_VALIDATE',
      `data set: expected images from at least two sources (boards or component instances) of one class, so that one can validate; ` +
        `got ${good.length} image(s) that cannot be divided; add images of other boards`,
      { images: good.length },
    );
  }
}
