import { createHash } from 'node:crypto';
import { classKeyId, nameClasses, type ClassKey, type ManifestRow, type Orientation } from '../../dataset/index.js';
import {
  crossFitThresholds,
  fitThresholds,
  type CalibrationSample,
  type FittedThresholds,
  type ThresholdFitSpec,
  type ThresholdSet,
} from '../calibration/index.js';
import type { TrainConfig } from '../config.js';
import {
  acceptanceScore,
  embeddingOf,
  type EmbeddedImages,
  type GoldenMatcher,
  type GoldenSet,
} from '../golden-samples/index.js';

export interface HeldOutThresholds {
  /** Fitted on every held-out original: what `thresholds.json` holds and the line uses. */
  readonly shipped: FittedThresholds;
  /** For judging an image whose scores the shipped ones were fitted on: fitted without its group. */
  readonly judgeBy: (row: Pick<ManifestRow, 'classKey' | 'groupId'>) => number;
  readonly calibration: CalibrationSet;
}

/** Originals that the thresholds were fitted on. */
export interface CalibrationSet {
  readonly good: number;
  readonly ng: number;
  /** There were no good held-out images, so training images stand in. */
  readonly usesTraining: boolean;
}

/**
 * Thresholds from images that the model was not trained on: validation, and NG images kept for
 * calibration. Training images sit closer to the golden samples than anything the line will ever show,
 * and a threshold from them would reject good parts by the dozen. Every validation image is judged by
 * thresholds fitted without its group, so the figures do not flatter the thresholds that are shipped.
 */
export function fitHeldOutThresholds(
  images: EmbeddedImages,
  matcher: GoldenMatcher,
  goldens: GoldenSet,
  expectedOrientation: (classKey: ClassKey) => Orientation | null,
  config: TrainConfig['evaluation'],
): HeldOutThresholds {
  const heldOut = samplesOf(images, matcher, expectedOrientation, (row) => row.split !== 'train');
  const useTraining = !heldOut.some((sample) => sample.ok);
  const goldenGroups = new Set(goldens.goldens.map((golden) => golden.groupId));
  const samples = useTraining
    ? [
        ...heldOut,
        ...samplesOf(
          images,
          matcher,
          expectedOrientation,
          (row) => row.split === 'train' && !goldenGroups.has(row.groupId),
        ),
      ]
    : heldOut;
  const naming = nameClasses(images.rows.map((row) => row.classKey));
  const spec: ThresholdFitSpec = {
    samples,
    classKeys: naming.folders.map((folder) => naming.keyOf(folder)!),
    budget: config.thresholdBudget,
    confidence: config.confidence,
  };
  return {
    shipped: fitThresholds(spec),
    judgeBy: crossFitThresholds(spec),
    calibration: {
      good: samples.filter(({ ok }) => ok).length,
      ng: samples.filter(({ ok }) => !ok).length,
      usesTraining: useTraining,
    },
  };
}

/** Originals only: the line never shows a turned copy, and copies of one image are not independent. */
function samplesOf(
  images: EmbeddedImages,
  matcher: GoldenMatcher,
  expectedOrientation: (classKey: ClassKey) => Orientation | null,
  belongs: (row: ManifestRow) => boolean,
): CalibrationSample[] {
  return images.rows.flatMap((row, i) => {
    if (row.rotationCwDeg !== 0 || !belongs(row) || !matcher.hasClass(row.classKey)) return [];
    const match = matcher.match(embeddingOf(images, i), row.classKey)!;
    const expected = row.ok ? row.orientation : expectedOrientation(row.classKey);
    return [
      {
        classKey: row.classKey,
        ok: row.ok,
        score: acceptanceScore(match, expected),
        similarity: match.best.similarity,
        groupId: row.groupId,
      },
    ];
  });
}

function describeSamples({ good, ng, usesTraining }: CalibrationSet): string {
  const counts = `${good} good and ${ng} NG originals`;
  return usesTraining
    ? `${counts}; there are no good validation images, so training images stand in: too confident by an unknown amount`
    : `${counts} that the model was not trained on`;
}

/** The content of `thresholds.json`. */
export function thresholdSet(
  thresholds: HeldOutThresholds,
  goldens: GoldenSet,
  config: TrainConfig['evaluation'],
): ThresholdSet {
  return {
    version: 1,
    score: 'cosine similarity to the nearest good golden sample of the class',
    modelDigest: goldens.modelDigest,
    goldenSetDigest: goldenSetDigest(goldens),
    budget: config.thresholdBudget,
    confidence: config.confidence,
    calibratedOn: describeSamples(thresholds.calibration),
    classes: [...thresholds.shipped.classes],
    fallback: thresholds.shipped.fallback,
  };
}

/** Which golden samples these are, whatever was said about them: a digest of ids and embeddings. */
export function goldenSetDigest(goldens: GoldenSet): string {
  const hash = createHash('sha256');
  for (const { id, classKey, embeddingDigest } of goldens.goldens)
    hash.update(`${id} ${classKeyId(classKey)} ${embeddingDigest}\n`);
  return hash.digest('hex');
}
