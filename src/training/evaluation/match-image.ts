import { badInput } from '../../common/index.js';
import {
  nameClasses,
  ORIENTATIONS,
  ROTATIONS_CW_DEG,
  type ClassKey,
  type Orientation,
  type RotationCwDeg,
} from '../../dataset/index.js';
import { thresholdFor, type ThresholdSet } from '../calibration/index.js';
import type { Embedder } from '../embedder.js';
import {
  GoldenMatcher,
  judge,
  type EmbeddedGoldenSet,
  type GoldenSample,
  type RejectionReason,
} from '../golden-samples/index.js';

export interface MatchSpec {
  /** One image, [3, size, size] RGB in [0, 1], as the model takes it. */
  readonly planes: Float32Array;
  readonly embedder: Embedder;
  readonly goldens: EmbeddedGoldenSet;
  readonly thresholds: ThresholdSet;
  readonly classKey: ClassKey;
  /** Which way the part has to point; null takes the way its class is mounted. */
  readonly expected: Orientation | null;
}

export interface ImageMatch {
  readonly verdict: 'OK' | 'NG';
  readonly reason: RejectionReason | null;
  /** Cosine to the nearest good golden sample. */
  readonly score: number;
  readonly threshold: number;
  readonly golden: GoldenSample;
  readonly expected: Orientation | null;
  /** Which way the nearest golden sample points. */
  readonly pointing: Orientation | null;
  /** Similarity to the golden samples of the expected orientation, when the image is turned so far. */
  readonly rotations: readonly { readonly angleCwDeg: RotationCwDeg; readonly similarity: number }[];
  /** How far to turn the image for the best match. */
  readonly bestRotationCwDeg: RotationCwDeg | null;
  /** What to tell a person. */
  readonly message: string;
}

/** Judges one image as the line does, and finds out whether it would match when turned. */
export async function matchImage(spec: MatchSpec): Promise<ImageMatch> {
  const { embedder, goldens, thresholds, classKey } = spec;
  const matcher = new GoldenMatcher(goldens);
  if (!matcher.hasClass(classKey)) throw unknownClass(goldens, classKey);
  const expected = spec.expected ?? mountedOrientation(goldens, classKey);
  const turned = ROTATIONS_CW_DEG.map((angle) => turnPlanes(spec.planes, embedder.imageSizePx, angle / 90));
  const stacked = new Float32Array(turned.length * spec.planes.length);
  turned.forEach((planes, i) => stacked.set(planes, i * spec.planes.length));
  const embeddings = await embedder.embed(stacked, turned.length);
  const matches = ROTATIONS_CW_DEG.map((_, i) =>
    matcher.match(embeddings.subarray(i * embedder.embeddingSize, (i + 1) * embedder.embeddingSize), classKey)!,
  );
  const { threshold } = thresholdFor(thresholds, classKey);
  const match = matches[0]!;
  const { ok, reason } = judge(match, threshold, expected);
  const rotations =
    expected === null
      ? []
      : matches.flatMap(({ byOrientation }, i) => {
          const candidate = byOrientation[expected];
          return candidate ? [{ angleCwDeg: ROTATIONS_CW_DEG[i]!, similarity: candidate.similarity }] : [];
        });
  const best = rotations.reduce<(typeof rotations)[number] | null>(
    (a, b) => (a === null || b.similarity > a.similarity ? b : a),
    null,
  );
  const result = {
    verdict: ok ? ('OK' as const) : ('NG' as const),
    reason,
    score: match.best.similarity,
    threshold,
    golden: match.best.golden,
    expected,
    pointing: match.best.golden.orientation,
    rotations,
    bestRotationCwDeg: best?.angleCwDeg ?? null,
  };
  return { ...result, message: matchWords(result, best?.similarity ?? null) };
}

function matchWords(match: Omit<ImageMatch, 'message'>, bestSimilarity: number | null): string {
  const { verdict, reason, score, threshold, golden, bestRotationCwDeg } = match;
  const figures = `similarity ${score.toFixed(3)} to ${golden.id}, threshold ${threshold.toFixed(3)}`;
  if (verdict === 'OK') return `OK: ${figures}`;
  const turns =
    bestRotationCwDeg !== null && bestRotationCwDeg !== 0 && bestSimilarity !== null && bestSimilarity >= threshold
      ? `; matches only when turned ${bestRotationCwDeg}°`
      : '';
  switch (reason) {
    case 'belowThreshold':
      return `NG: too unlike every golden sample (${figures})${turns}`;
    case 'nearestIsNg':
      return `NG: more like a known defect than like a good part (${figures})${turns}`;
    case 'wrongOrientation':
      return `NG: points ${match.pointing} and not ${match.expected} (${figures})${turns}`;
    case null:
      return `NG: ${figures}`;
  }
}

/** The orientation of the golden samples that are originals: how the class comes off the line. */
export function mountedOrientation({ set }: EmbeddedGoldenSet, classKey: ClassKey): Orientation | null {
  const own = set.goldens.filter(
    (golden) => golden.role === 'ok' && golden.rotationCwDeg === 0 && sameKey(golden.classKey, classKey),
  );
  const orientations = new Set(own.flatMap(({ orientation }) => (orientation === null ? [] : [orientation])));
  return orientations.size === 1 ? [...orientations][0]! : null;
}

/** A class key by its folder name (`<product>_<component>_<light>`) or as `product/component/light`. */
export function findClassKey({ set }: EmbeddedGoldenSet, given: string): ClassKey {
  const naming = nameClasses(set.goldens.map(({ classKey }) => classKey));
  const byFolder = naming.keyOf(given);
  if (byFolder !== undefined) return byFolder;
  const found = set.goldens.find(
    ({ classKey: { product, component, light } }) => [product, component, light].join('/') === given,
  );
  if (found !== undefined) return found.classKey;
  throw badInput('CLASS_UNKNOWN', `class "${given}": expected one of ${naming.folders.join(', ')}`, {
    known: naming.folders,
  });
}

/** Turns [3, size, size] planes clockwise by quarter turns; exact, pixels only move. */
export function turnPlanes(planes: Float32Array, size: number, quarterTurns: number): Float32Array {
  if (quarterTurns % 4 === 0) return planes;
  const result = new Float32Array(planes.length);
  const area = size * size;
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        let [sx, sy] = [x, y];
        for (let turn = 0; turn < quarterTurns % 4; turn++) [sx, sy] = [sy, size - 1 - sx];
        result[channel * area + y * size + x] = planes[channel * area + sy * size + sx]!;
      }
  return result;
}

function unknownClass({ set }: EmbeddedGoldenSet, classKey: ClassKey): Error {
  const naming = nameClasses(set.goldens.map((golden) => golden.classKey));
  return badInput(
    'CLASS_WITHOUT_GOLDEN',
    `class ${classKey.product}/${classKey.component}/${classKey.light}: expected a class with a golden sample, one of ${naming.folders.join(', ')}`,
  );
}

function sameKey(a: ClassKey, b: ClassKey): boolean {
  return a.product === b.product && a.component === b.component && a.light === b.light;
}

/** Reads an orientation as people type it. */
export function parseOrientation(text: string): Orientation {
  const found = ORIENTATIONS.find((orientation) => orientation.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw badInput('ORIENTATION_UNKNOWN', `orientation "${text}": expected one of ${ORIENTATIONS.join(', ')}`);
  return found;
}
