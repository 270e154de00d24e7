import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { fromErrorWire, type ErrorWire } from '../../common/index.js';
import type { RowRange } from './distance-blocks.js';
import type { RetrievalAccumulator, RetrievalPerQuery, RetrievalSpec } from './retrieval.js';

/** What a thread is given: the embeddings in shared memory, and its own range of queries. */
export interface RankingTask {
  readonly spec: Omit<RetrievalSpec, 'signal' | 'onProgress' | 'threads'>;
  readonly range: RowRange;
}

export type RankingReply =
  | { readonly kind: 'progress'; readonly fraction: number }
  | { readonly kind: 'done'; readonly perQuery: RetrievalPerQuery }
  | { readonly kind: 'failed'; readonly error: ErrorWire };

/** Sources run by a test runner have no compiled worker beside them and work in their own thread. */
const threadsAvailable = import.meta.url.endsWith('.js');

/** Fewer distances than this are ranked before a thread has started. */
const DISTANCES_WORTH_THREADS = 1e8;
/** Every thread holds the gallery once more. */
const MOST_THREADS = 8;

/** How many threads rank `queryCount` × `galleryCount` distances; 1 means the caller's own. `wanted` 0: all cores. */
export function threadsFor(queryCount: number, galleryCount: number, wanted: number): number {
  if (!threadsAvailable || queryCount * galleryCount < DISTANCES_WORTH_THREADS) return 1;
  return Math.min(wanted === 0 ? availableParallelism() : wanted, MOST_THREADS);
}

/**
 * Shares the queries out among threads, each with a matrix product of one thread: ranking is most of the work, and
 * it is not the product's. An error of one ends all.
 */
export async function rankInThreads(
  spec: RetrievalSpec,
  threads: number,
  accumulator: RetrievalAccumulator,
): Promise<void> {
  const { signal, onProgress, ...plain } = spec;
  signal?.throwIfAborted();
  const shared = {
    ...plain,
    embeddings: inSharedMemory(plain.embeddings),
    ...(plain.gallery && {
      gallery: { ...plain.gallery, embeddings: inSharedMemory(plain.gallery.embeddings) },
    }),
  };
  const fractions = new Float64Array(threads);
  const workers: Worker[] = [];
  const rank = async (i: number): Promise<void> => {
    const range = rangeOf(i, threads, spec.labels.length);
    const worker = new Worker(new URL('./retrieval-worker.js', import.meta.url), {
      workerData: { spec: shared, range } satisfies RankingTask,
      execArgv: [],
    });
    workers.push(worker);
    const perQuery = await answerOf(worker, (fraction) => {
      fractions[i] = fraction;
      onProgress?.(fractions.reduce((sum, one) => sum + one, 0) / threads);
    });
    accumulator.absorb(range, perQuery);
  };
  const end = (): void => void Promise.all(workers.map((worker) => worker.terminate()));
  signal?.addEventListener('abort', end);
  try {
    await Promise.all(Array.from({ length: threads }, (_, i) => rank(i)));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', end);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function answerOf(worker: Worker, onProgress: (fraction: number) => void): Promise<RetrievalPerQuery> {
  const answer = new Promise<RetrievalPerQuery>((resolve, reject) => {
    worker.on('message', (reply: RankingReply) => {
      if (reply.kind === 'progress') onProgress(reply.fraction);
      else if (reply.kind === 'done') resolve(reply.perQuery);
      else reject(fromErrorWire(reply.error));
    });
  });
  const ended = once(worker, 'exit').then(([code]) => {
    throw new Error(`a ranking thread ended with code ${String(code)} before it had answered`);
  });
  return Promise.race([answer, ended]);
}

/** The i-th of `parts` nearly equal ranges over `count` rows. */
function rangeOf(i: number, parts: number, count: number): RowRange {
  return { first: Math.floor((i * count) / parts), end: Math.floor(((i + 1) * count) / parts) };
}

/** A copy that threads read without a copy of their own. */
function inSharedMemory(values: Float32Array): Float32Array {
  const shared = new Float32Array(new SharedArrayBuffer(values.byteLength));
  shared.set(values);
  return shared;
}
