import { classKeyId, ORIENTATIONS, type ClassKey, type Orientation } from '../../dataset/index.js';
import { cosine } from './embedded-images.js';
import type { EmbeddedGoldenSet, GoldenSample } from './golden-set.js';

export interface Candidate {
  readonly golden: GoldenSample;
  readonly similarity: number;
}

/** What a query's nearest golden samples are; all similarities are cosines. */
export interface GoldenMatch {
  /** Nearest good golden sample, over all orientations. */
  readonly best: Candidate;
  /** Nearest golden sample of another label than the best one's (an NG reference counts); null if there is none. */
  readonly runnerUp: Candidate | null;
  readonly byOrientation: Readonly<Partial<Record<Orientation, Candidate>>>;
  readonly nearestNg: Candidate | null;
  /** False when the class key has no golden sample of its own, so that all were searched. */
  readonly ownClass: boolean;
}

export type RejectionReason = 'belowThreshold' | 'nearestIsNg' | 'wrongOrientation';

export type Verdict =
  { readonly ok: true; readonly reason: null } | { readonly ok: false; readonly reason: RejectionReason };

/** Finds golden samples; the one place where evaluation, `match` and the service compare a query with them. */
export class GoldenMatcher {
  private readonly byClass = new Map<string, number[]>();

  constructor(private readonly goldens: EmbeddedGoldenSet) {
    goldens.set.goldens.forEach((golden, i) => {
      const id = classKeyId(golden.classKey);
      this.byClass.set(id, [...(this.byClass.get(id) ?? []), i]);
    });
  }

  hasClass(classKey: ClassKey): boolean {
    return this.goodOf(this.byClass.get(classKeyId(classKey)) ?? []).length > 0;
  }

  /** Null when there is no good golden sample at all. `embedding` is L2-normalised. */
  match(embedding: Float32Array, classKey: ClassKey): GoldenMatch | null {
    const own = this.byClass.get(classKeyId(classKey)) ?? [];
    const ownClass = this.goodOf(own).length > 0;
    const searched = ownClass ? own : this.goldens.set.goldens.map((_, i) => i);
    const candidates = searched.map((i) => this.candidate(i, embedding));
    const good = candidates.filter(({ golden }) => golden.role === 'ok');
    const best = nearest(good);
    if (best === null) return null;
    const byOrientation: Partial<Record<Orientation, Candidate>> = {};
    for (const orientation of ORIENTATIONS) {
      const candidate = nearest(good.filter(({ golden }) => golden.orientation === orientation));
      if (candidate !== null) byOrientation[orientation] = candidate;
    }
    return {
      best,
      runnerUp: nearest(candidates.filter(({ golden }) => golden.label !== best.golden.label)),
      byOrientation,
      nearestNg: nearest(candidates.filter(({ golden }) => golden.role === 'ng')),
      ownClass,
    };
  }

  private goodOf(indices: readonly number[]): number[] {
    return indices.filter((i) => this.goldens.set.goldens[i]!.role === 'ok');
  }

  private candidate(i: number, embedding: Float32Array): Candidate {
    const { set, embeddings, dimension } = this.goldens;
    const own = embeddings.subarray(i * dimension, (i + 1) * dimension);
    return { golden: set.goldens[i]!, similarity: cosine(own, embedding) };
  }
}

/**
 * The inspection's answer: good only when the nearest golden sample is a good one that points the
 * expected way (null: any way will do) and is similar enough.
 */
export function judge(match: GoldenMatch, threshold: number, expected: Orientation | null): Verdict {
  const { best, nearestNg } = match;
  if (best.similarity < threshold) return { ok: false, reason: 'belowThreshold' };
  if (nearestNg !== null && nearestNg.similarity > best.similarity) return { ok: false, reason: 'nearestIsNg' };
  if (expected !== null && best.golden.orientation !== null && best.golden.orientation !== expected)
    return { ok: false, reason: 'wrongOrientation' };
  return { ok: true, reason: null };
}

/**
 * The score that a threshold is compared with, for calibration: the similarity of the nearest good
 * golden sample, or −1 where the answer is "rejected" whatever the threshold.
 */
export function acceptanceScore(match: GoldenMatch, expected: Orientation | null): number {
  return judge(match, -Infinity, expected).ok ? match.best.similarity : -1;
}

function nearest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>(
    (best, candidate) => (best === null || candidate.similarity > best.similarity ? candidate : best),
    null,
  );
}
