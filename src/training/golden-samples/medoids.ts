import type { Random } from '../../common/index.js';
import { cosine, embeddingOf, type EmbeddedImages } from './embedded-images.js';

/** Above this many candidates, k > 1 medoids are sought in a random sample of this size. */
const MAX_EXACT = 800;
const MAX_SWEEPS = 20;

export interface MedoidOptions {
  readonly k: number;
  readonly random: Random;
  /** May these two both be chosen? Near-duplicates may not. */
  readonly compatible: (a: number, b: number) => boolean;
}

/**
 * Row numbers of up to k medoids: the images that together lie nearest to all others. One medoid is
 * exact (the sum of cosines to all is the cosine to their sum); more are found greedily and then
 * improved by swaps while that helps (PAM, Kaufman and Rousseeuw 1990).
 */
export function chooseMedoids(images: EmbeddedImages, options: MedoidOptions): number[] {
  const count = images.rows.length;
  if (count === 0) return [];
  if (options.k === 1) return [singleMedoid(images)];
  const all = Array.from({ length: count }, (_, i) => i);
  const pool = count <= MAX_EXACT ? all : options.random.shuffled(all).slice(0, MAX_EXACT);
  const similarity = similarityTable(images, pool);
  const chosen = buildGreedily(similarity, pool, options);
  return improveBySwaps(similarity, pool, chosen, options).map((i) => pool[i]!);
}

function singleMedoid(images: EmbeddedImages): number {
  const { dimension, rows } = images;
  const sum = new Float32Array(dimension);
  for (let i = 0; i < rows.length; i++) embeddingOf(images, i).forEach((x, d) => (sum[d]! += x));
  let [best, bestScore] = [0, -Infinity];
  for (let i = 0; i < rows.length; i++) {
    const score = cosine(embeddingOf(images, i), sum);
    if (score > bestScore) [best, bestScore] = [i, score];
  }
  return best;
}

function similarityTable(images: EmbeddedImages, pool: readonly number[]): Float32Array[] {
  return pool.map((a) => Float32Array.from(pool, (b) => cosine(embeddingOf(images, a), embeddingOf(images, b))));
}

function buildGreedily(similarity: Float32Array[], pool: readonly number[], options: MedoidOptions): number[] {
  const chosen: number[] = [];
  const covered = new Float32Array(pool.length).fill(-1);
  while (chosen.length < options.k) {
    let [best, bestGain] = [-1, -Infinity];
    for (let c = 0; c < pool.length; c++) {
      if (!chosen.every((other) => other !== c && options.compatible(pool[other]!, pool[c]!))) continue;
      let gain = 0;
      for (let i = 0; i < pool.length; i++) gain += Math.max(0, similarity[c]![i]! - covered[i]!);
      if (gain > bestGain) [best, bestGain] = [c, gain];
    }
    if (best < 0) break;
    chosen.push(best);
    for (let i = 0; i < pool.length; i++) covered[i] = Math.max(covered[i]!, similarity[best]![i]!);
  }
  return chosen;
}

function improveBySwaps(
  similarity: Float32Array[],
  pool: readonly number[],
  start: readonly number[],
  options: MedoidOptions,
): number[] {
  let chosen = [...start];
  let score = coverage(similarity, chosen);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let improved = false;
    for (let slot = 0; slot < chosen.length; slot++) {
      const others = chosen.filter((_, i) => i !== slot);
      for (let c = 0; c < pool.length; c++) {
        if (!others.every((other) => other !== c && options.compatible(pool[other]!, pool[c]!))) continue;
        const trial = chosen.map((old, i) => (i === slot ? c : old));
        const trialScore = coverage(similarity, trial);
        if (trialScore > score + 1e-6) {
          [chosen, score, improved] = [trial, trialScore, true];
        }
      }
    }
    if (!improved) break;
  }
  return chosen;
}

function coverage(similarity: Float32Array[], chosen: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < similarity.length; i++) {
    let best = -1;
    for (const c of chosen) best = Math.max(best, similarity[c]![i]!);
    sum += best;
  }
  return sum;
}
