import { setImmediate as nextTurn } from 'node:timers/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { badInput } from '../../common/index.js';
import { distanceGraph } from './distance-graph.js';

export type DistanceMetric = 'cosine' | 'euclidean';

/** Rows of floats, row-major: `embeddings.length` is a multiple of `dimension`. */
export interface EmbeddingMatrix {
  readonly embeddings: Float32Array;
  readonly dimension: number;
}

export interface DistanceScanSpec {
  readonly queries: EmbeddingMatrix;
  readonly gallery: EmbeddingMatrix;
  /** `cosine`: 1 − cosine, whatever the lengths; `euclidean`: the squared Euclidean distance, as given. */
  readonly metric: DistanceMetric;
  /** Only these query rows, `end` not included; default all. */
  readonly range?: RowRange;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Threads of the matrix product; 0 takes all cores. */
  readonly threads?: number;
}

/** Rows from `first` up to, without, `end`. */
export interface RowRange {
  readonly first: number;
  readonly end: number;
}

/** Sees one query's distances to the whole gallery; the array is reused for the next query. */
export type DistanceRowConsumer = (query: number, distances: Float32Array) => void;

/** A block of distances takes at most about this much memory. */
const BLOCK_BYTES = 48 * 1024 * 1024;
const MAX_BLOCK_ROWS = 512;

/**
 * Hands every query's distances to all consumers, in blocks of rows: the N×N matrix never exists.
 * The products run in ONNX Runtime; one pass serves any number of measures.
 */
export async function scanDistances(spec: DistanceScanSpec, consumers: readonly DistanceRowConsumer[]): Promise<void> {
  const queryCount = rowCount(spec.queries);
  const galleryCount = rowCount(spec.gallery);
  if (spec.queries.dimension !== spec.gallery.dimension)
    throw badInput(
      'EMBEDDING_SIZES_DIFFER',
      `Expected queries and gallery of one embedding size, got ${spec.queries.dimension} and ${spec.gallery.dimension}; embed both with the same model.`,
    );
  const { first, end } = spec.range ?? { first: 0, end: queryCount };
  if (end <= first || galleryCount === 0) return;

  const gallery = augment(spec.gallery, 0, galleryCount, spec.metric, 'gallery');
  const galleryTensor = new Tensor('float32', gallery.data, [galleryCount, gallery.width]);
  const blockRows = Math.max(1, Math.min(MAX_BLOCK_ROWS, end - first, Math.floor(BLOCK_BYTES / 4 / galleryCount)));
  const block = new Float32Array(blockRows * galleryCount);
  const session = await createSession(spec.threads ?? 0);
  try {
    for (let start = first; start < end; start += blockRows) {
      spec.signal?.throwIfAborted();
      const rows = Math.min(blockRows, end - start);
      const queries = augment(spec.queries, start, rows, spec.metric, 'queries');
      const target = block.subarray(0, rows * galleryCount);
      await session.run(
        { queries: new Tensor('float32', queries.data, [rows, queries.width]), gallery: galleryTensor },
        { distances: new Tensor('float32', target, [rows, galleryCount]) },
      );
      for (let row = 0; row < rows; row++) {
        const distances = target.subarray(row * galleryCount, (row + 1) * galleryCount);
        for (const consume of consumers) consume(start + row, distances);
      }
      spec.onProgress?.((start + rows - first) / (end - first));
      if (start + rows < end) await nextTurn();
    }
  } finally {
    await session.release();
  }
}

/** A measure's images, and where their neighbours are looked for: in `gallery`, else among themselves. */
export interface GalleryScan
  extends EmbeddingMatrix, Pick<DistanceScanSpec, 'range' | 'signal' | 'onProgress' | 'threads'> {
  readonly gallery?: { readonly embeddings: Float32Array };
  /** Default `cosine`. */
  readonly metric?: DistanceMetric;
}

export async function scanAgainstGallery(spec: GalleryScan, consumers: readonly DistanceRowConsumer[]): Promise<void> {
  const { embeddings, dimension, gallery, metric = 'cosine', ...rest } = spec;
  const queries = { embeddings, dimension };
  const searched = gallery === undefined ? queries : { embeddings: gallery.embeddings, dimension };
  await scanDistances({ ...rest, queries, gallery: searched, metric }, consumers);
}

export function rowCount({ embeddings, dimension }: EmbeddingMatrix): number {
  const rows = embeddings.length / dimension;
  if (!Number.isInteger(rows))
    throw new RangeError(`expected embeddings in rows of ${dimension}, got ${embeddings.length} floats`);
  return rows;
}

/** A copy with every row of unit length; a row of zeros stays zeros. */
export function normaliseRows({ embeddings, dimension }: EmbeddingMatrix): Float32Array {
  const result = new Float32Array(embeddings.length);
  for (let start = 0; start < embeddings.length; start += dimension)
    writeScaled(embeddings, start, dimension, result, start, inverseNorm(embeddings, start, dimension));
  return result;
}

async function createSession(threads: number): Promise<InferenceSession> {
  return InferenceSession.create(distanceGraph(), {
    executionProviders: ['cpu'],
    logSeverityLevel: 3,
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
  });
}

/**
 * The operands with the extra columns that make one product the whole distance:
 * cosine `[q̂, 1]·[−ĝ, 1] = 1 − cos`; Euclidean `[q, 1, |q|²]·[−2g, |g|², 1] = |q − g|²`.
 */
function augment(
  matrix: EmbeddingMatrix,
  firstRow: number,
  rows: number,
  metric: DistanceMetric,
  side: 'queries' | 'gallery',
): { data: Float32Array; width: number } {
  const { embeddings, dimension } = matrix;
  const width = dimension + (metric === 'cosine' ? 1 : 2);
  const data = new Float32Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const source = (firstRow + row) * dimension;
    const target = row * width;
    const norm = squaredNorm(embeddings, source, dimension);
    if (!Number.isFinite(norm))
      throw badInput(
        'EMBEDDINGS_NOT_FINITE',
        `Expected finite embeddings, got NaN or infinity in row ${firstRow + row} of the ${side}; the model has diverged or its file is damaged.`,
      );
    const sign = side === 'gallery' ? -1 : 1;
    if (metric === 'cosine') {
      writeScaled(embeddings, source, dimension, data, target, norm > 0 ? sign / Math.sqrt(norm) : 0);
      data[target + dimension] = 1;
    } else {
      writeScaled(embeddings, source, dimension, data, target, side === 'gallery' ? -2 : 1);
      data[target + dimension] = side === 'gallery' ? norm : 1;
      data[target + dimension + 1] = side === 'gallery' ? 1 : norm;
    }
  }
  return { data, width };
}

function inverseNorm(values: Float32Array, start: number, length: number): number {
  const norm = squaredNorm(values, start, length);
  return norm > 0 ? 1 / Math.sqrt(norm) : 0;
}

function squaredNorm(values: Float32Array, start: number, length: number): number {
  let sum = 0;
  for (let i = start; i < start + length; i++) sum += values[i]! * values[i]!;
  return sum;
}

function writeScaled(
  from: Float32Array,
  fromStart: number,
  length: number,
  to: Float32Array,
  toStart: number,
  factor: number,
): void {
  for (let i = 0; i < length; i++) to[toStart + i] = from[fromStart + i]! * factor;
}
