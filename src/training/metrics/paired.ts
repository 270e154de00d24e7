import { Random } from '../../common/index.js';
import { incompleteBeta } from './special-functions.js';

export interface McNemarResult {
  /** Right in A and wrong in B. */
  readonly onlyA: number;
  /** Wrong in A and right in B. */
  readonly onlyB: number;
  /** Two-sided exact probability of a split at least this uneven if both were equally good. */
  readonly pValue: number;
}

/** Exact (binomial) McNemar test of two models' right and wrong answers on the same images. */
export function mcNemar(correctA: ArrayLike<boolean>, correctB: ArrayLike<boolean>): McNemarResult {
  let [onlyA, onlyB] = [0, 0];
  for (let i = 0; i < correctA.length; i++) {
    if (correctA[i] && !correctB[i]) onlyA++;
    if (!correctA[i] && correctB[i]) onlyB++;
  }
  return { onlyA, onlyB, pValue: binomialTwoSidedHalf(Math.min(onlyA, onlyB), onlyA + onlyB) };
}

/** min(1, 2·P(X ≤ k)) for X ~ Binomial(n, ½). */
function binomialTwoSidedHalf(k: number, n: number): number {
  if (n === 0) return 1;
  return Math.min(1, 2 * incompleteBeta(0.5, n - k, k + 1));
}

export interface PairedDifference {
  /** Mean of B − A. */
  readonly mean: number;
  readonly pairs: number;
  readonly clusters: number;
  /** Two-sided p of a sign-flip permutation test over clusters. */
  readonly pValue: number;
}

/**
 * Sign-flip permutation test of paired figures (e.g. average precision a query): under "no
 * difference" each cluster's sign of B − A is a coin toss. Clusters keep rotations of an image together.
 * Up to 14 clusters all sign patterns are tried; above that `permutations` random ones.
 */
export function pairedDifference(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  options: { readonly clusters?: ArrayLike<number>; readonly permutations?: number; readonly seed?: number } = {},
): PairedDifference {
  const sums = new Map<number, number>();
  let [total, pairs] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = b[i]! - a[i]!;
    if (Number.isNaN(difference)) continue;
    const cluster = options.clusters ? options.clusters[i]! : i;
    sums.set(cluster, (sums.get(cluster) ?? 0) + difference);
    total += difference;
    pairs++;
  }
  const differences = [...sums.values()];
  const mean = pairs === 0 ? 0 : total / pairs;
  const pValue = signFlipP(differences, Math.abs(total), options.permutations ?? 10_000, options.seed ?? 0);
  return { mean, pairs, clusters: differences.length, pValue };
}

function signFlipP(differences: readonly number[], observed: number, permutations: number, seed: number): number {
  const moving = differences.filter((d) => d !== 0);
  if (moving.length === 0) return 1;
  const threshold = observed * (1 - 1e-12);
  if (moving.length <= 14) {
    const patterns = 2 ** moving.length;
    let extreme = 0;
    for (let pattern = 0; pattern < patterns; pattern++) {
      const sum = moving.reduce((s, d, i) => s + ((pattern >> i) & 1 ? d : -d), 0);
      if (Math.abs(sum) >= threshold) extreme++;
    }
    return extreme / patterns;
  }
  const random = new Random(seed);
  let extreme = 1;
  for (let i = 0; i < permutations; i++) {
    let sum = 0;
    for (const d of moving) sum += random.nextUint32() & 0x1_0000 ? d : -d;
    if (Math.abs(sum) >= threshold) extreme++;
  }
  return extreme / (permutations + 1);
}
