import type { ManifestRow } from '../../dataset/index.js';

/** Images of a data set with what the model made of them: row i of the matrix belongs to `rows[i]`. */
export interface EmbeddedImages {
  readonly rows: readonly ManifestRow[];
  /** [rows × dimension], row-major, L2-normalised. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
}

/** The images at these row numbers, with a matrix of their own. */
export function pickImages(images: EmbeddedImages, indices: readonly number[]): EmbeddedImages {
  const { dimension } = images;
  const embeddings = new Float32Array(indices.length * dimension);
  indices.forEach((index, i) => embeddings.set(embeddingOf(images, index), i * dimension));
  return { rows: indices.map((index) => images.rows[index]!), embeddings, dimension };
}

/** Row numbers of the images that pass. */
export function indicesWhere(images: EmbeddedImages, test: (row: ManifestRow) => boolean): number[] {
  return images.rows.flatMap((row, i) => (test(row) ? [i] : []));
}

/** One row of the matrix; a view, not a copy. */
export function embeddingOf({ embeddings, dimension }: EmbeddedImages, index: number): Float32Array {
  return embeddings.subarray(index * dimension, (index + 1) * dimension);
}

/** Dot product; the cosine of unit vectors. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Small integers for texts, in order of first appearance: the form that the metrics take. */
export function integerCodes(values: Iterable<string>): { readonly codes: Int32Array; readonly names: string[] } {
  const known = new Map<string, number>();
  const codes: number[] = [];
  for (const value of values) {
    const code = known.get(value) ?? known.size;
    known.set(value, code);
    codes.push(code);
  }
  return { codes: Int32Array.from(codes), names: [...known.keys()] };
}
