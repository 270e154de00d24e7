import { integerCodes } from '../golden-samples/index.js';
import { classifyByNeighbours, nearestNeighbours } from '../metrics/index.js';

export interface KnnQuerySpec {
  /** One embedding. */
  readonly query: Float32Array;
  /** [images × size] */
  readonly gallery: Float32Array;
  readonly names: readonly string[];
  readonly labels: readonly string[];
  readonly k: number;
}

export interface KnnQueryResult {
  /** By majority, ties to the label seen first. */
  readonly answer: string;
  /** Share of the neighbours that carry the answer. */
  readonly agreement: number;
  readonly neighbours: readonly { readonly image: string; readonly label: string; readonly similarity: number }[];
}

/** The k nearest images of a gallery and what they say. */
export async function knnQuery(spec: KnnQuerySpec): Promise<KnnQueryResult> {
  const k = Math.min(spec.k, spec.names.length);
  const found = await nearestNeighbours({
    embeddings: spec.query,
    dimension: spec.query.length,
    gallery: { embeddings: spec.gallery },
    k,
  });
  const labels = integerCodes(spec.labels);
  const { predictions } = classifyByNeighbours(found, labels.codes);
  const answer = labels.names[predictions[0]!]!;
  const neighbours = Array.from(found.indices, (index, i) => ({
    image: spec.names[index]!,
    label: spec.labels[index]!,
    similarity: found.similarities[i]!,
  }));
  return { answer, agreement: neighbours.filter(({ label }) => label === answer).length / k, neighbours };
}
