import { rowCount, scanDistances, type DistanceRowConsumer } from './distance-blocks.js';

/**
 * Gathers the mean silhouette (Rousseeuw 1987) from a distance scan of all rows against themselves:
 * `euclidean` scans give scikit-learn's `silhouette_score` on the embeddings as given; a `cosine` scan
 * gives the Euclidean silhouette of the unit vectors, whose squared distance is 2(1 − cos).
 */
export class SilhouetteAccumulator {
  private readonly sizes: Int32Array;
  private readonly sums: Float64Array;
  private total = 0;
  private readonly classCount: number;

  constructor(private readonly labels: Int32Array) {
    this.classCount = labels.reduce((max, label) => Math.max(max, label + 1), 0);
    this.sizes = new Int32Array(this.classCount);
    for (const label of labels) this.sizes[label]!++;
    this.sums = new Float64Array(this.classCount);
  }

  readonly consume: DistanceRowConsumer = (query, distances) => {
    const { labels, sums, sizes } = this;
    sums.fill(0);
    for (let j = 0; j < distances.length; j++) if (j !== query) sums[labels[j]!]! += Math.sqrt(distances[j]!);
    const own = labels[query]!;
    if (sizes[own]! < 2) return;
    const inside = sums[own]! / (sizes[own]! - 1);
    let outside = Number.POSITIVE_INFINITY;
    for (let c = 0; c < sums.length; c++)
      if (c !== own && sizes[c]! > 0) outside = Math.min(outside, sums[c]! / sizes[c]!);
    const scale = Math.max(inside, outside);
    // The factor 2 of a cosine scan cancels in this ratio.
    if (scale > 0) this.total += (outside - inside) / scale;
  };

  /** Null unless 2 ≤ classes < rows, as in scikit-learn. */
  result(): number | null {
    const classes = this.sizes.reduce((count, size) => count + (size > 0 ? 1 : 0), 0);
    if (classes < 2 || classes >= this.labels.length) return null;
    return this.total / this.labels.length;
  }
}

/** Mean Euclidean silhouette of the embeddings as given; null unless 2 ≤ classes < rows. */
export async function silhouetteScore(
  embeddings: Float32Array,
  dimension: number,
  labels: Int32Array,
): Promise<number | null> {
  const matrix = { embeddings, dimension };
  if (rowCount(matrix) !== labels.length) throw new RangeError('expected one label an embedding');
  const accumulator = new SilhouetteAccumulator(labels);
  await scanDistances({ queries: matrix, gallery: matrix, metric: 'euclidean' }, [accumulator.consume]);
  return accumulator.result();
}
