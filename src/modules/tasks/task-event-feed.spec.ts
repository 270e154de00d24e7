import { afterEach, describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { TaskEventFeed } from './task-event-feed.js';
import type { TaskService } from './task.service.js';

/** A database that never answers: nothing is told, so only signals end a wait. */
const silent = {
  createQueryRunner: () => ({ connect: () => new Promise(() => undefined) }),
} as unknown as DataSource;

/** What Node keeps of a signal for `AbortSignal.any`, for as long as the signal lives (nodejs/node#55351). */
function dependants(signal: AbortSignal): number {
  const kept = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kDependantSignals');
  return kept === undefined ? 0 : (signal as unknown as Record<symbol, Set<unknown>>)[kept]!.size;
}

describe('news of tasks', () => {
  let feed: TaskEventFeed;
  const start = (): TaskEventFeed => (feed = new TaskEventFeed(silent, {} as TaskService, pino({ level: 'silent' })));

  afterEach(() => feed.end());

  it('leave nothing behind on a signal that lives on', async () => {
    const news = start();
    const page = new AbortController();
    const tell = (news as unknown as { tell(id: string): void }).tell.bind(news);
    for (let i = 0; i < 50; i++) {
      const waits = ['a', 'b'].map((id) => news.news(id, page.signal));
      for (const id of ['a', 'b']) tell(id);
      await Promise.all(waits);
    }
    expect(dependants(page.signal) + getEventListeners(page.signal, 'abort').length).toBe(0);
  });

  it('end with the page, with the program, and at once where either is over', async () => {
    const news = start();
    const page = new AbortController();
    const first = news.news('a', page.signal);
    page.abort();
    await first;
    await news.news('a', page.signal);
    const second = news.news('a', new AbortController().signal);
    news.end();
    await second;
    await news.news('a', new AbortController().signal);
  });
});
