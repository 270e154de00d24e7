import { availableParallelism } from 'node:os';
import { augmentationRecipe, type AugmentationName } from '../transforms/index.js';
import { BatchLoader, type BatchRequest, type LoaderSpec } from './batch-loader.js';
import { cacheBytes, SharedImageCache } from './image-cache.js';
import { LoaderThread, loaderThreadsAvailable } from './loader-thread.js';

export interface InputPipelineSpec {
  /** Absolute paths of all pictures, training and validation. */
  readonly files: readonly string[];
  readonly imageSizePx: number;
  /** The recipe of training batches; decides what the cache holds. */
  readonly augmentation: AugmentationName;
  /** Threads that decode and augment; 0 loads in the calling thread. */
  readonly threads: number;
  readonly cacheMiB: number;
  /** Batches made ahead of the consumer. */
  readonly batchesAhead?: number;
}

const DEFAULT_BATCHES_AHEAD = 6;
const MAX_DEFAULT_THREADS = 8;

/** `data.loaderThreads`: 0 is one fewer than the cores, at least one. */
export function resolveLoaderThreads(configured: number): number {
  return configured > 0 ? configured : Math.max(1, Math.min(MAX_DEFAULT_THREADS, availableParallelism() - 1));
}

/**
 * Loads batches ahead of the training step: threads decode (once, then from memory), augment and stack, while
 * the step runs. Batches come in the order asked for and are the same for any number of threads.
 */
export class InputPipeline {
  /** Time the consumer has waited for batches so far. */
  waitedMs = 0;
  private readonly cache: SharedImageCache;
  private readonly inline: BatchLoader | null;
  private readonly threads: readonly LoaderThread[];
  private readonly batchesAhead: number;

  constructor(spec: InputPipelineSpec) {
    const { files, imageSizePx } = spec;
    const cachesOriginals = augmentationRecipe(spec.augmentation).beforeResize !== undefined;
    this.cache = SharedImageCache.allocate(
      files.length,
      cacheBytes(files.length, imageSizePx, cachesOriginals, spec.cacheMiB),
    );
    const loaderSpec: LoaderSpec = { files, imageSizePx, cachesOriginals, cache: this.cache.memory };
    const threadCount = loaderThreadsAvailable ? spec.threads : 0;
    this.inline = threadCount === 0 ? new BatchLoader(loaderSpec) : null;
    this.threads = Array.from({ length: threadCount }, () => new LoaderThread(loaderSpec));
    this.batchesAhead = Math.max(spec.batchesAhead ?? DEFAULT_BATCHES_AHEAD, 2 * threadCount);
  }

  get cachedBytes(): number {
    return this.cache.usedBytes;
  }

  /** The batches of `requests`, in order, each [items, 3, size, size]; what is asked for but not taken is dropped. */
  async *batches(requests: Iterable<BatchRequest>): AsyncGenerator<Float32Array, void> {
    const upcoming = requests[Symbol.iterator]();
    const ahead: Promise<Float32Array>[] = [];
    // Loading in the calling thread ahead of time would only hold memory.
    const limit = this.inline === null ? this.batchesAhead : 1;
    for (;;) {
      while (ahead.length < limit) {
        const next = upcoming.next();
        if (next.done === true) break;
        const loading = this.load(next.value);
        // A failure is seen when its turn comes; until then it must not count as unhandled.
        loading.catch(() => undefined);
        ahead.push(loading);
      }
      const first = ahead.shift();
      if (first === undefined) return;
      const since = performance.now();
      const images = await first;
      this.waitedMs += performance.now() - since;
      yield images;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private load(batch: BatchRequest): Promise<Float32Array> {
    if (this.inline !== null) return this.inline.load(batch);
    const idlest = this.threads.reduce((best, thread) => (thread.pending < best.pending ? thread : best));
    return idlest.load(batch);
  }
}
