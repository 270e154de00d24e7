import { classKeyId, type ClassKey } from '../../dataset/index.js';
import { fitThreshold, type ScorePool } from './fit-threshold.js';
import type { FittedThreshold, PoolLevel, ThresholdBudget } from './threshold-set.js';

/** One held-out original and its score against the golden samples of its class. */
export interface CalibrationSample {
  readonly classKey: ClassKey;
  readonly ok: boolean;
  /** From `acceptanceScore`: a cosine, or −1 when rejected whatever the threshold. */
  readonly score: number;
  /** The plain similarity behind the score. */
  readonly similarity: number;
  /** Samples of one group and class are one independent trial: the one that speaks against us counts. */
  readonly groupId: string;
}

export interface ThresholdFitSpec {
  readonly samples: readonly CalibrationSample[];
  readonly classKeys: readonly ClassKey[];
  readonly budget: ThresholdBudget;
  readonly confidence: number;
}

export interface FittedThresholds {
  readonly classes: readonly (FittedThreshold & { readonly classKey: ClassKey })[];
  readonly fallback: FittedThreshold;
  /** The threshold of a class key, or the fallback's. */
  of(classKey: ClassKey): FittedThreshold;
}

/** A side of a class key with at least this many sources stands on its own; below, it is pooled. */
const ENOUGH_SOURCES = 10;

/**
 * A threshold for every class key. Good and NG scores are pooled apart from each other: the class key
 * alone when it has enough, else all classes with the same component, else all. A bound from a pool
 * holds for the pool as a whole, and the words say so.
 */
export function fitThresholds(spec: ThresholdFitSpec): FittedThresholds {
  const trials = independentTrials(spec.samples);
  const { budget, confidence } = spec;
  const fit = (classKey: ClassKey | null): FittedThreshold =>
    fitThreshold({
      good: poolFor(
        trials.filter((t) => t.ok),
        classKey,
      ),
      ng: poolFor(
        trials.filter((t) => !t.ok),
        classKey,
      ),
      budget,
      confidence,
    });
  const classes = spec.classKeys.map((classKey) => ({ classKey, ...fit(classKey) }));
  const byId = new Map<string, FittedThreshold>(classes.map((fitted) => [classKeyId(fitted.classKey), fitted]));
  const fallback = fit(null);
  return { classes, fallback, of: (classKey) => byId.get(classKeyId(classKey)) ?? fallback };
}

/** One a group, class key and side: the lowest good score, the highest NG score. */
function independentTrials(samples: readonly CalibrationSample[]): CalibrationSample[] {
  const byGroup = new Map<string, CalibrationSample>();
  for (const sample of samples) {
    const key = `${sample.ok} ${classKeyId(sample.classKey)} ${sample.groupId}`;
    const known = byGroup.get(key);
    const speaksLouder = known === undefined || (sample.ok ? sample.score < known.score : sample.score > known.score);
    if (speaksLouder) byGroup.set(key, sample);
  }
  return [...byGroup.values()];
}

function poolFor(trials: readonly CalibrationSample[], classKey: ClassKey | null): ScorePool {
  const levels: [PoolLevel, (trial: CalibrationSample) => boolean][] =
    classKey === null
      ? []
      : [
          ['class', (trial) => classKeyId(trial.classKey) === classKeyId(classKey)],
          ['component', (trial) => trial.classKey.component === classKey.component],
        ];
  for (const [pool, belongs] of levels) {
    const own = trials.filter(belongs);
    if (own.length >= ENOUGH_SOURCES) return poolOf(own, pool);
  }
  return poolOf(trials, 'all');
}

function poolOf(trials: readonly CalibrationSample[], pool: PoolLevel): ScorePool {
  return {
    pool,
    scores: trials.map(({ score }) => score),
    rejectedSimilarities: trials.filter(({ score }) => score <= -1).map(({ similarity }) => similarity),
  };
}
