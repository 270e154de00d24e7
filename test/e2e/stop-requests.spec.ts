import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { startService, type RunningService } from '../../src/main.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine } from '../support/tiny-line.js';

const ANN = { name: 'user:ann', from: 'here' };

describe('a service that is stopped while it answers', () => {
  let place: ServicePlace;
  let service: RunningService;
  let blocker: pg.Client;
  let id: string;
  let log: string[];
  const write = process.stderr.write.bind(process.stderr);

  beforeEach(async () => {
    place = await createServicePlace(['logging.level=warn']);
    log = [];
    process.stderr.write = (chunk: string | Uint8Array) => log.push(String(chunk)) > 0;
    service = await startService({ overrides: place.overrides, worker: 'none' });
    const { inputDir, metadataCsv } = await createTinyLine(place.root, { boards: 1, ng: 0 });
    id = (await service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv }, ANN)).task_id;
    blocker = new pg.Client({ connectionString: place.database.url });
    await blocker.connect();
  });
  afterEach(async () => {
    await blocker.end();
    await service.stop();
    process.stderr.write = write;
    await place.release();
  });

  /** Whoever asks for tasks waits from now on. */
  const block = (): Promise<unknown> => blocker.query('BEGIN; LOCK TABLE polarline.tasks IN ACCESS EXCLUSIVE MODE');
  const letGo = (): Promise<unknown> => blocker.query('COMMIT');
  const waiting = async (count: number): Promise<void> =>
    eventually(async () => {
      const { rows } = await blocker.query<{ count: number }>(
        "SELECT count(*)::int FROM pg_locks WHERE NOT granted AND relation = 'polarline.tasks'::regclass",
      );
      return rows[0]!.count >= count;
    });
  const status = (signal?: AbortSignal): Promise<Response> => fetch(`${service.url}/training/status/${id}`, { signal });

  it('takes no more requests, answers those at work, also where nobody waits any more, and then closes', async () => {
    const gone = new AbortController();
    await block();
    const answered = status();
    // One after the other: questions of one moment are asked as one.
    await waiting(1);
    const given = status(gone.signal).catch(() => 'gave up');
    await waiting(2);
    gone.abort();
    expect(await given).toBe('gave up');
    const { url } = service;
    const stopped = service.stop();
    await eventually(() =>
      fetch(`${url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    await letGo();
    const answer = await answered;
    expect([answer.status, ((await answer.json()) as { task_id: string }).task_id]).toEqual([200, id]);
    await stopped;
    expect(log).toEqual([]);
  });

  it('ends streams of events without saying that their task has ended', async () => {
    const streams = await Promise.all(
      [`/training/events/${id}`, '/dashboard/events'].map((path) => fetch(service.url + path)),
    );
    const texts = streams.map((stream) => stream.text());
    await service.stop();
    const [events, changes] = await Promise.all(texts);
    expect(events).toContain('event: state');
    expect(events + changes!).not.toContain('event: end');
    expect(log).toEqual([]);
  });
});
