import { chosenCutUpper, clopperPearsonUpper } from '../metrics/index.js';
import { allowedErrors } from './allowed-errors.js';
import { lowerToleranceLimit } from './good-only.js';
import type { FittedThreshold, PoolLevel, SideEvidence, ThresholdBudget } from './threshold-set.js';
import { thresholdWords } from './words.js';

export interface ScorePool {
  readonly scores: readonly number[];
  readonly pool: PoolLevel;
  /** Plain similarities of those with score −1: a threshold still stands above them where that costs nothing. */
  readonly rejectedSimilarities?: readonly number[];
}

export interface FitSpec {
  /** One score an independent source; −1 marks "rejected whatever the threshold". */
  readonly good: ScorePool;
  readonly ng: ScorePool;
  readonly budget: ThresholdBudget;
  readonly confidence: number;
}

/** Share of good parts that may be rejected where no NG says otherwise and the budget is not on overkill. */
export const DEFAULT_OVERKILL = 0.01;
/** Used where there is nothing at all to go by. */
const BLIND_THRESHOLD = 0.5;

/**
 * Chooses a threshold (accept when score ≥ threshold) from scores of good and of NG parts:
 * - `escapeRate`: the lowest overkill among thresholds whose exact bound on the escape rate keeps the
 *   budget. The order statistics make this free of any assumption about the scores' distribution
 *   (Wilks 1941): with the stated confidence the true escape rate is within the budget.
 * - `overkillRate`: the same from the other side, with the fewest escapes.
 * - `equalCost`: the least sum of both rates. As the scores themselves have chosen how many errors they
 *   show, the bounds are those that hold for any choice.
 * - No NG at all: from the good parts alone, see `good-only.ts`.
 * Within the gap that leaves the counts as they are, the threshold stands in the middle.
 */
export function fitThreshold(spec: FitSpec): FittedThreshold {
  const good = [...spec.good.scores].sort((a, b) => a - b);
  const ng = [...spec.ng.scores].sort((a, b) => a - b);
  const backstop = [...(spec.ng.rejectedSimilarities ?? [])].sort((a, b) => a - b);
  const { threshold, status } = choose(good, ng, backstop, spec);
  const upper = status === 'equalCost' ? chosenCutUpper : clopperPearsonUpper;
  const evidence = (pool: PoolLevel, seen: number, wrong: number): SideEvidence => ({
    pool: seen === 0 ? 'none' : pool,
    seen,
    wrong,
    rate: seen === 0 ? null : wrong / seen,
    atMost: upper(wrong, seen, spec.confidence),
  });
  const overkill = evidence(spec.good.pool, good.length, countBelow(good, threshold));
  const escape = evidence(spec.ng.pool, ng.length, ng.length - countBelow(ng, threshold));
  const words = thresholdWords({ status, overkill, escape, budget: spec.budget, confidence: spec.confidence });
  return { threshold, status, overkill, escape, words };
}

type Choice = Pick<FittedThreshold, 'threshold' | 'status'>;

function choose(good: readonly number[], ng: readonly number[], backstop: readonly number[], spec: FitSpec): Choice {
  const { budget, confidence } = spec;
  if (ng.length === 0) {
    const overkill = budget.kind === 'overkillRate' ? budget.atMost : DEFAULT_OVERKILL;
    const limit = lowerToleranceLimit(good, overkill, confidence);
    return limit === null
      ? { threshold: BLIND_THRESHOLD, status: 'noData' }
      : { threshold: limit, status: 'fromGoodOnly' };
  }
  switch (budget.kind) {
    case 'escapeRate':
      return forEscapeBudget(good, ng, backstop, budget.atMost, confidence);
    case 'overkillRate':
      return good.length === 0
        ? forEscapeBudget(good, ng, backstop, 0, confidence)
        : forOverkillBudget(good, ng, backstop, budget.atMost, confidence);
    case 'equalCost':
      return { threshold: leastSumOfRates(good, ng, backstop), status: 'equalCost' };
  }
}

function forEscapeBudget(
  good: readonly number[],
  ng: readonly number[],
  backstop: readonly number[],
  atMost: number,
  confidence: number,
): Choice {
  const allowed = allowedErrors(ng.length, atMost, confidence);
  // NG of this rank (from the top) and all below must be rejected.
  const highestRejected = ng[ng.length - 1 - Math.max(allowed, 0)]!;
  const nextGood = good.find((score) => score > highestRejected);
  return {
    threshold: between(highestRejected, nextGood, backstop),
    status: allowed >= 0 ? 'budget' : 'bestShown',
  };
}

function forOverkillBudget(
  good: readonly number[],
  ng: readonly number[],
  backstop: readonly number[],
  atMost: number,
  confidence: number,
): Choice {
  const allowed = allowedErrors(good.length, atMost, confidence);
  // A part that is rejected whatever the threshold must not drag it down to where it rejects nothing.
  const usable = good.filter((score) => score > -1);
  const spare = allowed - (good.length - usable.length);
  const lowestAccepted = usable[Math.max(0, Math.min(spare, usable.length - 1))];
  if (lowestAccepted === undefined) return forEscapeBudget(good, ng, backstop, 0, confidence);
  const below = ng.filter((score) => score < lowestAccepted);
  const threshold = below.length === 0 ? lowestAccepted : between(below[below.length - 1]!, lowestAccepted, backstop);
  return { threshold, status: spare >= 0 ? 'budget' : 'bestShown' };
}

/** The middle of the widest gap among thresholds with the least escape rate plus overkill rate. */
function leastSumOfRates(good: readonly number[], ng: readonly number[], backstop: readonly number[]): number {
  const values = [...new Set([...good, ...ng])].sort((a, b) => a - b);
  let best = { cost: Infinity, width: -1, threshold: BLIND_THRESHOLD };
  for (let i = 0; i <= values.length; i++) {
    const high = values[i] ?? values[values.length - 1]! + 1e-3;
    const low = raised(values[i - 1] ?? values[0]! - 1e-3, high, backstop);
    const cost = rate(countBelow(good, high), good.length) + rate(ng.length - countBelow(ng, high), ng.length);
    const width = high - low;
    if (cost < best.cost - 1e-12 || (cost < best.cost + 1e-12 && width > best.width))
      best = { cost, width, threshold: middleAbove(low, high) };
  }
  return clampScore(best.threshold);
}

/** Above `low` for certain, and half way to `high` where there is one. */
function between(low: number, high: number | undefined, backstop: readonly number[]): number {
  if (high === undefined) return clampScore(low + 1e-6);
  return middleAbove(raised(low, high, backstop), high);
}

/** Half way, or `high` where no number lies between. */
function middleAbove(low: number, high: number): number {
  const middle = (low + high) / 2;
  return middle > low ? middle : high;
}

/** `low`, or the highest of the (ascending) similarities between it and `high`. */
function raised(low: number, high: number, backstop: readonly number[]): number {
  const below = countBelow(backstop, high);
  return below === 0 ? low : Math.max(low, backstop[below - 1]!);
}

function clampScore(value: number): number {
  return Math.max(-1, Math.min(1.001, value));
}

/** How many of the ascending scores lie below the threshold. */
function countBelow(sorted: readonly number[], threshold: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rate(count: number, total: number): number {
  return total === 0 ? 0 : count / total;
}
