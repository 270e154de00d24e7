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

export interface BootstrapSpec {
  /** One value an observation; NaN is left out. */
  readonly values: ArrayLike<number>;
  /** Observations of one cluster (an image and its rotations, one board instance) are drawn together. */
  readonly clusters?: ArrayLike<number>;
  readonly samples: number;
  readonly confidence: number;
  readonly seed: number;
}

/**
 * Percentile bootstrap of the mean, drawing whole clusters: rotations of one image are not
 * independent, and counting them as such would make the interval four times too sure of itself.
 * Null with no values or no samples; a single cluster tells nothing of its spread and gives null too.
 */
export function bootstrapInterval(spec: BootstrapSpec): Interval | null {
  const { sums, counts } = clusterTotals(spec);
  if (sums.length < 2 || spec.samples < 1) return null;
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

function clusterTotals({ values, clusters }: BootstrapSpec): { sums: number[]; counts: number[] } {
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
