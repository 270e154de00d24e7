import { Random } from '../../common/index.js';
import { incompleteBeta, inverseIncompleteBeta } from './special-functions.js';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Exact two-sided binomial interval (Clopper and Pearson 1934): covers the true rate with at least
 * `confidence`, whatever it is. With no trials nothing is known: [0, 1].
 */
export function clopperPearson(successes: number, trials: number, confidence: number): Interval {
  const tail = (1 - confidence) / 2;
  return { low: lowerTail(successes, trials, tail), high: upperTail(successes, trials, tail) };
}

/** One-sided exact bound: with `confidence`, the true rate is at most this. */
export function clopperPearsonUpper(successes: number, trials: number, confidence: number): number {
  return upperTail(successes, trials, 1 - confidence);
}

/**
 * The same for a cut between success and failure that was chosen by looking at these very trials, however
 * it was chosen. The chance of error is shared out over the numbers of successes that might have come
 * of it: 1/2 for none, 1/6 for one, 1/((k + 1)(k + 2)) for k, which never sum to more than 1.
 */
export function chosenCutUpper(successes: number, trials: number, confidence: number): number {
  return upperTail(successes, trials, (1 - confidence) / ((successes + 1) * (successes + 2)));
}

/** Whether `clopperPearsonUpper(errors, trials, confidence) <= rate`, without inverting anything. */
export function atMostHolds(errors: number, trials: number, rate: number, confidence: number): boolean {
  if (errors >= trials) return rate >= 1;
  return incompleteBeta(1 - rate, trials - errors, errors + 1) <= 1 - confidence;
}

function lowerTail(successes: number, trials: number, tail: number): number {
  return successes <= 0 ? 0 : inverseIncompleteBeta(tail, successes, trials - successes + 1);
}

function upperTail(successes: number, trials: number, tail: number): number {
  return successes >= trials ? 1 : inverseIncompleteBeta(1 - tail, successes + 1, trials - successes);
}

export interface MeanIntervalSpec {
  /** One value between 0 and 1 an observation; NaN is left out. */
  readonly values: ArrayLike<number>;
  /** Observations of one cluster (an image and its rotations, one board instance) are drawn together. */
  readonly clusters?: ArrayLike<number>;
  readonly samples: number;
  readonly confidence: number;
  readonly seed: number;
}

/**
 * Interval of the mean by a percentile bootstrap that draws whole clusters: rotations of one image are
 * not independent, and counting them as such would make the interval four times too sure of itself.
 *
 * Where all clusters are at 1 (or at 0) every resample is the same, which is no proof of a mean of
 * exactly 1. There it is the exact binomial interval of the share of such clusters; for values
 * that are not 0 or 1 alone it is on the safe side, as their mean is not below the share of ones.
 *
 * Null with no values, no samples or a single cluster, and where all clusters agree in between: that
 * tells nothing of the spread.
 */
export function meanInterval(spec: MeanIntervalSpec): Interval | null {
  const { sums, counts } = clusterTotals(spec);
  const clusters = sums.length;
  if (clusters < 2 || spec.samples < 1) return null;
  const agreed = sums[0]! / counts[0]!;
  if (sums.some((sum, cluster) => sum / counts[cluster]! !== agreed)) return bootstrap(sums, counts, spec);
  if (agreed !== 0 && agreed !== 1) return null;
  return clopperPearson(agreed * clusters, clusters, spec.confidence);
}

function bootstrap(sums: readonly number[], counts: readonly number[], spec: MeanIntervalSpec): Interval {
  const random = new Random(spec.seed);
  const means = new Float64Array(spec.samples);
  for (let sample = 0; sample < spec.samples; sample++) {
    let [sum, count] = [0, 0];
    for (let draw = 0; draw < sums.length; draw++) {
      const cluster = random.integer(sums.length);
      sum += sums[cluster]!;
      count += counts[cluster]!;
    }
    means[sample] = sum / count;
  }
  means.sort();
  const tail = (1 - spec.confidence) / 2;
  return { low: quantileSorted(means, tail), high: quantileSorted(means, 1 - tail) };
}

function clusterTotals({ values, clusters }: MeanIntervalSpec): { sums: number[]; counts: number[] } {
  const rowOf = new Map<number, number>();
  const [sums, counts]: [number[], number[]] = [[], []];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    const cluster = clusters ? clusters[i]! : i;
    const row = rowOf.get(cluster) ?? sums.length;
    if (row === sums.length) {
      rowOf.set(cluster, row);
      sums.push(0);
      counts.push(0);
    }
    sums[row]! += value;
    counts[row]!++;
  }
  return { sums, counts };
}

/** Linear interpolation between order statistics (R's type 7) of an ascending array. */
export function quantileSorted(sorted: ArrayLike<number>, p: number): number {
  const position = p * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}
