import { classKeyId, NG_LABEL, type ClassKey, type ManifestRow, type Orientation } from '../../dataset/index.js';
import {
  acceptanceScore,
  embeddingOf,
  judge,
  type EmbeddedImages,
  type GoldenMatch,
  type GoldenMatcher,
  type RejectionReason,
} from '../golden-samples/index.js';

/** What the inspection says of one image, beside what is true. */
export interface Answer {
  readonly row: ManifestRow;
  readonly trueClass: string;
  /** The label of the nearest golden sample, or `NG` when the image is rejected. */
  readonly predictedClass: string;
  /** Cosine to the nearest good golden sample. */
  readonly similarity: number;
  readonly correct: boolean;
  /** Nearest label other than the nearest golden sample's, and how much farther it is. */
  readonly runnerUp: string | null;
  readonly margin: number | null;
  readonly threshold: number;
  /** Accepted as good, and pointing the way that is expected of its class. */
  readonly accepted: boolean;
  readonly reason: RejectionReason | null;
  /** Which way the nearest golden sample points, whatever the threshold says. */
  readonly nearestOrientation: Orientation | null;
  readonly nearestLabel: string;
  readonly goldenId: string;
  /** What the threshold was compared with: the similarity, or −1 when rejected whatever the threshold. */
  readonly score: number;
  /** Similarity to the nearest golden sample that points as this image does, and to the nearest that does not. */
  readonly ownSimilarity: number | null;
  readonly turnedSimilarity: number | null;
  /** False when its class key has no golden sample and all others were searched. */
  readonly ownGolden: boolean;
}

export interface AnswerSpec {
  readonly images: EmbeddedImages;
  readonly matcher: GoldenMatcher;
  /** The threshold to judge this image by. */
  readonly thresholdOf: (row: ManifestRow) => number;
  /** Which way an NG image of this class ought to point; null when that is not known. */
  readonly expectedOrientation: (classKey: ClassKey) => Orientation | null;
}

/** Judges every image against the golden samples of its class key, as the line would. */
export function answerAll(spec: AnswerSpec): Answer[] {
  return spec.images.rows.flatMap((row, i) => {
    const answer = answerOne(spec, row, embeddingOf(spec.images, i));
    return answer === null ? [] : [answer];
  });
}

function answerOne(spec: AnswerSpec, row: ManifestRow, embedding: Float32Array): Answer | null {
  const match = spec.matcher.match(embedding, row.classKey);
  if (match === null) return null;
  const threshold = spec.thresholdOf(row);
  const expected = row.ok ? row.orientation : spec.expectedOrientation(row.classKey);
  const { ok, reason } = judge(match, threshold, expected);
  const { best, runnerUp } = match;
  const trueClass = row.ok ? row.label : NG_LABEL;
  // A good part that points elsewhere is answered with where; an NG part that does is simply not good.
  const rejected = !ok && (reason !== 'wrongOrientation' || !row.ok);
  const predictedClass = rejected ? NG_LABEL : best.golden.label;
  return {
    row,
    trueClass,
    predictedClass,
    similarity: best.similarity,
    correct: row.ok ? predictedClass === trueClass : !ok,
    runnerUp: runnerUp?.golden.label ?? null,
    margin: runnerUp === null ? null : best.similarity - runnerUp.similarity,
    threshold,
    accepted: ok,
    reason,
    nearestOrientation: best.golden.orientation,
    nearestLabel: best.golden.label,
    goldenId: best.golden.id,
    score: acceptanceScore(match, expected),
    ownSimilarity: (row.orientation && match.byOrientation[row.orientation]?.similarity) ?? null,
    turnedSimilarity: nearestTurned(match, row.orientation),
    ownGolden: match.ownClass,
  };
}

function nearestTurned(match: GoldenMatch, orientation: Orientation | null): number | null {
  const others = Object.entries(match.byOrientation).filter(([other]) => other !== orientation);
  return others.length === 0 ? null : Math.max(...others.map(([, { similarity }]) => similarity));
}

/**
 * Which way the parts of a class point as they come off the line: the orientation that all its good
 * originals share. Null for a class without good originals or with several orientations.
 */
export function naturalOrientations(rows: readonly ManifestRow[]): (classKey: ClassKey) => Orientation | null {
  const seen = new Map<string, Set<Orientation>>();
  for (const row of rows) {
    if (!row.ok || row.rotationCwDeg !== 0 || row.orientation === null) continue;
    const id = classKeyId(row.classKey);
    seen.set(id, (seen.get(id) ?? new Set()).add(row.orientation));
  }
  return (classKey) => {
    const orientations = [...(seen.get(classKeyId(classKey)) ?? [])];
    return orientations.length === 1 ? orientations[0]! : null;
  };
}
