import { setImmediate as nextTurn } from 'node:timers/promises';
import { AppError, type StepContext } from '../../common/index.js';
import type { Embedder } from '../embedder.js';
import { InputPipeline, resolveLoaderThreads } from '../input-pipeline/index.js';
import { decodeToPlanes } from '../transforms/index.js';

export interface EmbedOptions {
  /** Pictures an inference; default 32. */
  readonly batchSize?: number;
  /** Threads that decode; 0 (default) takes one fewer than the cores. */
  readonly loaderThreads?: number;
}

/** Some consecutive pictures of a list, embedded. */
export interface EmbeddedBatch {
  /** Indices into the list of paths; unreadable pictures are not among them. */
  readonly indices: readonly number[];
  /** [indices, embeddingSize], L2-normalised. */
  readonly embeddings: Float32Array;
  readonly unreadable: readonly UnreadableImage[];
}

export interface UnreadableImage {
  readonly index: number;
  readonly path: string;
  readonly reason: string;
}

const DEFAULT_BATCH = 32;

/**
 * Embeds pictures in order, in constant memory: decoding runs ahead on other threads by a few batches. A picture
 * that cannot be read is reported and left out. Pixels are prepared as in training (EXIF applied, squeezed to the
 * model's size as Pillow's bilinear, RGB in [0, 1]).
 */
export async function* streamEmbeddings(
  embedder: Embedder,
  paths: readonly string[],
  ctx: StepContext,
  options: EmbedOptions = {},
): AsyncGenerator<EmbeddedBatch> {
  const { batchSize = DEFAULT_BATCH, loaderThreads = 0 } = options;
  let done = 0;
  for (;;) {
    try {
      for await (const batch of readableBatches(embedder, paths, done, { batchSize, loaderThreads }, ctx)) {
        done += batch.indices.length;
        yield report(ctx, done, paths.length, batch);
      }
      return;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'IMAGE_UNREADABLE') throw error;
    }
    // Some picture of the batch at `done` cannot be read: take that batch apart, then go on behind it.
    const batch = await embedOneByOne(embedder, paths, done, Math.min(paths.length, done + batchSize));
    done = Math.min(paths.length, done + batchSize);
    yield report(ctx, done, paths.length, batch);
  }
}

/**
 * Embeds every picture: [paths, embeddingSize], L2-normalised.
 * @throws AppError `IMAGE_UNREADABLE` at the first picture that cannot be read.
 */
export async function embedImages(
  embedder: Embedder,
  absolutePaths: readonly string[],
  ctx: StepContext,
  options: EmbedOptions = {},
): Promise<Float32Array> {
  const all = new Float32Array(absolutePaths.length * embedder.embeddingSize);
  for await (const { indices, embeddings, unreadable } of streamEmbeddings(embedder, absolutePaths, ctx, options)) {
    const [first] = unreadable;
    if (first !== undefined) throw new AppError('badInput', 'IMAGE_UNREADABLE', first.reason, { path: first.path });
    all.set(embeddings, indices[0]! * embedder.embeddingSize);
  }
  return all;
}

async function* readableBatches(
  embedder: Embedder,
  paths: readonly string[],
  from: number,
  { batchSize, loaderThreads }: Required<EmbedOptions>,
  ctx: StepContext,
): AsyncGenerator<EmbeddedBatch> {
  if (from >= paths.length) return;
  const pipeline = new InputPipeline({
    files: paths,
    imageSizePx: embedder.imageSizePx,
    augmentation: 'none',
    threads: paths.length - from <= batchSize ? 0 : resolveLoaderThreads(loaderThreads),
    cacheMiB: 0,
  });
  try {
    const starts = Array.from({ length: Math.ceil((paths.length - from) / batchSize) }, (_, i) => from + i * batchSize);
    const requests = starts.map((start) => ({
      items: range(start, Math.min(paths.length, start + batchSize)).map((image) => ({ image, randomKey: '' })),
      augmentation: 'none' as const,
    }));
    let start = from;
    for await (const images of pipeline.batches(requests)) {
      await nextTurn();
      ctx.signal.throwIfAborted();
      const indices = range(start, Math.min(paths.length, start + batchSize));
      start += indices.length;
      yield { indices, embeddings: await embedder.embed(images, indices.length), unreadable: [] };
    }
  } finally {
    await pipeline.close();
  }
}

async function embedOneByOne(
  embedder: Embedder,
  paths: readonly string[],
  from: number,
  to: number,
): Promise<EmbeddedBatch> {
  const [indices, parts, unreadable]: [number[], Float32Array[], UnreadableImage[]] = [[], [], []];
  for (const index of range(from, to)) {
    const path = paths[index]!;
    try {
      const planes = await decodeToPlanes(path, embedder.imageSizePx);
      parts.push(await embedder.embed(planes, 1));
      indices.push(index);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'IMAGE_UNREADABLE') throw error;
      unreadable.push({ index, path, reason: error.message });
    }
  }
  const embeddings = new Float32Array(indices.length * embedder.embeddingSize);
  parts.forEach((part, i) => embeddings.set(part, i * embedder.embeddingSize));
  return { indices, embeddings, unreadable };
}

function report(ctx: StepContext, done: number, total: number, batch: EmbeddedBatch): EmbeddedBatch {
  ctx.onProgress({ fraction: done / total, message: `${done} of ${total} pictures embedded` });
  return batch;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
