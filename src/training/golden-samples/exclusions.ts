import { rowCount, nearestNeighbours } from '../metrics/index.js';
import { cosine, embeddingOf, integerCodes, type EmbeddedImages } from './embedded-images.js';

const MIN_FOR_OUTLIERS = 5;
/** Robust z-score (median and MAD) beyond which an image is too unlike its class to stand for it. */
const OUTLIER_Z = 4;
/** Keeps the z-score finite in classes that are all but identical. */
const MIN_SPREAD = 0.01;
const VOTERS = 5;
const DISAGREEING = 3;

/** Reasons, by row number, why an image of one class and orientation must not stand for it. */
export function findOutliers(images: EmbeddedImages): Map<number, string> {
  const count = images.rows.length;
  if (count < MIN_FOR_OUTLIERS) return new Map();
  const means = meanSimilarities(images);
  const middle = median(means);
  const spread = Math.max(MIN_SPREAD, 1.4826 * median(means.map((m) => Math.abs(m - middle))));
  const reasons = new Map<number, string>();
  means.forEach((mean, i) => {
    if ((middle - mean) / spread > OUTLIER_Z)
      reasons.set(i, `outlier: similarity to its class ${mean.toFixed(2)}, where ${middle.toFixed(2)} is typical`);
  });
  return reasons;
}

/**
 * Reasons, by row number, for images whose nearest neighbours (other sources of the same class key)
 * mostly carry another label: their own label may be wrong.
 */
export async function findLabelDoubts(images: EmbeddedImages): Promise<Map<number, string>> {
  const reasons = new Map<number, string>();
  if (rowCount(images) <= VOTERS) return reasons;
  const groups = integerCodes(images.rows.map((row) => row.groupId)).codes;
  const { indices } = await nearestNeighbours({ ...images, groups, k: VOTERS });
  images.rows.forEach((row, i) => {
    const labels = [...indices.subarray(i * VOTERS, (i + 1) * VOTERS)]
      .filter((j) => j >= 0)
      .map((j) => images.rows[j]!.label);
    const other = labels.filter((label) => label !== row.label);
    if (other.length >= DISAGREEING)
      reasons.set(
        i,
        `label doubt: ${other.length} of its ${labels.length} nearest neighbours are ${mostFrequent(other)}`,
      );
  });
  return reasons;
}

function meanSimilarities(images: EmbeddedImages): number[] {
  const { dimension, rows } = images;
  const sum = new Float32Array(dimension);
  for (let i = 0; i < rows.length; i++) embeddingOf(images, i).forEach((x, d) => (sum[d]! += x));
  return rows.map((_, i) => {
    const own = embeddingOf(images, i);
    return (cosine(own, sum) - cosine(own, own)) / (rows.length - 1);
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function mostFrequent(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0];
}
