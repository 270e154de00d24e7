import type { DistanceRowConsumer } from './distance-blocks.js';
import { rowCount, scanAgainstGallery } from './distance-blocks.js';
import type { RetrievalSpec } from './retrieval.js';

export interface Neighbours {
  readonly k: number;
  /** [queries × k] gallery rows by rising distance; −1 where the gallery had fewer. */
  readonly indices: Int32Array;
  /** [queries × k] cosine similarities (squared distances for `euclidean`); NaN where there is none. */
  readonly similarities: Float32Array;
}

export type NeighbourSpec = Omit<RetrievalSpec, 'labels' | 'gallery'> & {
  readonly k: number;
  readonly gallery?: { readonly embeddings: Float32Array; readonly groups?: Int32Array };
};

/** The k nearest of every query, without itself and its group; equal distances keep gallery order. */
export async function nearestNeighbours(spec: NeighbourSpec): Promise<Neighbours> {
  const accumulator = new NeighbourAccumulator(spec, rowCount(spec));
  await scanAgainstGallery(spec, [accumulator.consume]);
  return accumulator.result();
}

/** Gathers the k nearest from a distance scan. */
export class NeighbourAccumulator {
  private readonly indices: Int32Array;
  private readonly distances: Float32Array;

  constructor(
    private readonly spec: Pick<NeighbourSpec, 'k' | 'groups' | 'gallery' | 'metric'>,
    queryCount: number,
  ) {
    this.indices = new Int32Array(queryCount * spec.k).fill(-1);
    this.distances = new Float32Array(queryCount * spec.k).fill(Number.POSITIVE_INFINITY);
  }

  readonly consume: DistanceRowConsumer = (query, row) => {
    const { k, groups, gallery } = this.spec;
    const galleryGroups = gallery ? gallery.groups : groups;
    const group = groups?.[query];
    const excludedIndex = gallery ? -1 : query;
    const start = query * k;
    let worst = Number.POSITIVE_INFINITY;
    for (let j = 0; j < row.length; j++) {
      const distance = row[j]!;
      if (!(distance < worst) || j === excludedIndex) continue;
      if (group !== undefined && galleryGroups?.[j] === group) continue;
      worst = this.insert(start, j, distance);
    }
  };

  result(): Neighbours {
    const cosine = (this.spec.metric ?? 'cosine') === 'cosine';
    const similarities = this.distances.map((d) => (Number.isFinite(d) ? (cosine ? 1 - d : d) : Number.NaN));
    return { k: this.spec.k, indices: this.indices, similarities };
  }

  /** Keeps the list sorted; returns the distance that a further candidate has to beat. */
  private insert(start: number, index: number, distance: number): number {
    const { indices, distances } = this;
    let at = start + this.spec.k - 1;
    for (; at > start && distances[at - 1]! > distance; at--) {
      distances[at] = distances[at - 1]!;
      indices[at] = indices[at - 1]!;
    }
    distances[at] = distance;
    indices[at] = index;
    return distances[start + this.spec.k - 1]!;
  }
}

export interface KnnAnswers {
  /** Predicted label by majority of the k nearest, ties to the smallest label; −1 without a neighbour. */
  readonly predictions: Int32Array;
  /** Similarity to the nearest neighbour; NaN without one. */
  readonly confidences: Float32Array;
}

/** k-NN classification from neighbours (HOAM's convention: majority vote, ties to the smallest class id). */
export function classifyByNeighbours(neighbours: Neighbours, galleryLabels: Int32Array, k = neighbours.k): KnnAnswers {
  const queryCount = neighbours.indices.length / neighbours.k;
  const predictions = new Int32Array(queryCount);
  const confidences = new Float32Array(queryCount);
  for (let query = 0; query < queryCount; query++) {
    const start = query * neighbours.k;
    const votes = new Map<number, number>();
    for (const index of neighbours.indices.subarray(start, start + k)) {
      if (index < 0) continue;
      const label = galleryLabels[index]!;
      votes.set(label, (votes.get(label) ?? 0) + 1);
    }
    predictions[query] = majority(votes);
    confidences[query] = neighbours.similarities[start]!;
  }
  return { predictions, confidences };
}

function majority(votes: ReadonlyMap<number, number>): number {
  let [best, bestVotes] = [-1, 0];
  for (const [label, count] of votes)
    if (count > bestVotes || (count === bestVotes && label < best)) [best, bestVotes] = [label, count];
  return best;
}
