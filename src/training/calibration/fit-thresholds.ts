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

/** What has enough sources of one side to stand on its own. */
interface Enough {
  /** By id. */
  readonly classes: ReadonlySet<string>;
  readonly components: ReadonlySet<string>;
}

/** How far good and NG are pooled, apart from each other. */
export interface PoolLevels {
  readonly good: Enough;
  readonly ng: Enough;
}

/** By the number of sources alone: no score has a say in it. */
export function poolLevels(samples: readonly CalibrationSample[]): PoolLevels {
  const { good, ng } = independentTrials(samples);
  return { good: enoughAmong(good), ng: enoughAmong(ng) };
}

function enoughAmong(trials: readonly CalibrationSample[]): Enough {
  const keys = (groups: ReadonlyMap<string, readonly CalibrationSample[]>): Set<string> =>
    new Set([...groups].filter(([, own]) => own.length >= ENOUGH_SOURCES).map(([key]) => key));
  return { classes: keys(grouped(trials, classOf)), components: keys(grouped(trials, componentOf)) };
}

/**
 * A threshold for every class key, from scores pooled as `levels` say. A bound from a pool holds for the
 * pool as a whole, and the words say so.
 */
export function fitThresholds(spec: ThresholdFitSpec, levels = poolLevels(spec.samples)): FittedThresholds {
  const trials = independentTrials(spec.samples);
  const { budget, confidence } = spec;
  const good = new Pools(trials.good, levels.good);
  const ng = new Pools(trials.ng, levels.ng);
  // Classes that share both pools share the threshold too.
  const fitted = new Map<string, FittedThreshold>();
  const fit = (classKey: ClassKey | null): FittedThreshold => {
    const [goodPool, ngPool] = [good.poolFor(classKey), ng.poolFor(classKey)];
    const key = `${goodPool.key} ${ngPool.key}`;
    const known = fitted.get(key) ?? fitThreshold({ good: goodPool.pool, ng: ngPool.pool, budget, confidence });
    fitted.set(key, known);
    return known;
  };
  const classes = spec.classKeys.map((classKey) => ({ classKey, ...fit(classKey) }));
  const byId = new Map<string, FittedThreshold>(classes.map((one) => [classKeyId(one.classKey), one]));
  const fallback = fit(null);
  return { classes, fallback, of: (classKey) => byId.get(classKeyId(classKey)) ?? fallback };
}

/** One a group, class key and side: the lowest good score, the highest NG score. */
function independentTrials(samples: readonly CalibrationSample[]): {
  readonly good: readonly CalibrationSample[];
  readonly ng: readonly CalibrationSample[];
} {
  const byGroup = new Map<string, CalibrationSample>();
  for (const sample of samples) {
    const key = `${sample.ok} ${classKeyId(sample.classKey)} ${sample.groupId}`;
    const known = byGroup.get(key);
    const speaksLouder = known === undefined || (sample.ok ? sample.score < known.score : sample.score > known.score);
    if (speaksLouder) byGroup.set(key, sample);
  }
  const trials = [...byGroup.values()];
  return { good: trials.filter(({ ok }) => ok), ng: trials.filter(({ ok }) => !ok) };
}

const classOf = ({ classKey }: CalibrationSample): string => classKeyId(classKey);
const componentOf = ({ classKey }: CalibrationSample): string => classKey.component;

/** The scores of one side, found by class key and by component. */
class Pools {
  private readonly byClass: ReadonlyMap<string, CalibrationSample[]>;
  private readonly byComponent: ReadonlyMap<string, CalibrationSample[]>;
  private readonly all: ScorePool;

  constructor(
    trials: readonly CalibrationSample[],
    private readonly enough: Enough,
  ) {
    this.byClass = grouped(trials, classOf);
    this.byComponent = grouped(trials, componentOf);
    this.all = poolOf(trials, 'all');
  }

  /**
   * The class key alone when it has enough, else all classes with the same component, else all.
   * `key` names the pool: equal keys, equal scores.
   */
  poolFor(classKey: ClassKey | null): { readonly key: string; readonly pool: ScorePool } {
    if (classKey === null) return { key: 'all', pool: this.all };
    const [id, { component }] = [classKeyId(classKey), classKey];
    if (this.enough.classes.has(id)) return { key: `class ${id}`, pool: poolOf(this.byClass.get(id) ?? [], 'class') };
    if (this.enough.components.has(component))
      return { key: `component ${component}`, pool: poolOf(this.byComponent.get(component) ?? [], 'component') };
    return { key: 'all', pool: this.all };
  }
}

function grouped(
  trials: readonly CalibrationSample[],
  keyOf: (trial: CalibrationSample) => string,
): Map<string, CalibrationSample[]> {
  const groups = new Map<string, CalibrationSample[]>();
  for (const trial of trials) {
    const key = keyOf(trial);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [trial]);
    else group.push(trial);
  }
  return groups;
}

function poolOf(trials: readonly CalibrationSample[], pool: PoolLevel): ScorePool {
  return {
    pool,
    scores: trials.map(({ score }) => score),
    rejectedSimilarities: trials.filter(({ score }) => score <= -1).map(({ similarity }) => similarity),
  };
}
