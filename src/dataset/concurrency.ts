export interface ConcurrencyOptions {
  /** How many items are worked on at a time; also how far the source is read ahead. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Maps a stream with bounded concurrency; results come in input order and memory does not grow with the
 * stream. When one item throws or the signal aborts, the items under way are awaited, then it throws.
 */
export async function* mapConcurrently<T, R>(
  source: AsyncIterable<T> | Iterable<T>,
  work: (item: T, index: number) => Promise<R>,
  { concurrency, signal }: ConcurrencyOptions,
): AsyncGenerator<R> {
  const width = Math.max(1, Math.floor(concurrency));
  const underWay: Promise<R>[] = [];
  let index = 0;
  try {
    for await (const item of source) {
      signal?.throwIfAborted();
      const started = work(item, index++);
      // Awaited in order below; without a handler an early failure would count as unhandled until then.
      started.catch(() => undefined);
      underWay.push(started);
      if (underWay.length >= width) yield await underWay.shift()!;
    }
    while (underWay.length > 0) {
      signal?.throwIfAborted();
      yield await underWay.shift()!;
    }
  } finally {
    await Promise.allSettled(underWay);
  }
}
