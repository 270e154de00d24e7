import { once } from 'node:events';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Job } from 'bullmq';
import pg from 'pg';

import { addJobInTransaction, QueueBackend, type QueueBackendSpec } from '../../src/infra/queue/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.js';

/** The behaviours that both backends owe us. */
function behavesAsQueue(openSpec: () => QueueBackendSpec): void {
  const opened: QueueBackend[] = [];
  // Also after a failed test: a worker left open keeps the test process alive for ever.
  afterEach(() => Promise.all(opened.splice(0).map((backend) => backend.close())));
  const open = (spec = openSpec()): QueueBackend => {
    const backend = new QueueBackend(spec);
    opened.push(backend);
    return backend;
  };

  it('hands a job to exactly one of several workers', async () => {
    const backend = open();
    const seen: string[] = [];
    const workers = [1, 2, 3].map(() => backend.worker('one', async (job: Job) => void seen.push(job.id!)));
    await Promise.all(workers.map((worker) => worker.waitUntilReady()));
    const queue = backend.queue('one');
    await queue.addBulk(Array.from({ length: 30 }, (_, i) => ({ name: 'n', data: {}, opts: { jobId: `job-${i}` } })));
    await eventually(() => seen.length >= 30);
    expect(new Set(seen).size).toBe(30);
  });

  it('ignores a second job with the same id', async () => {
    const backend = open();
    const queue = backend.queue('same');
    await queue.add('n', {}, { jobId: 'task-1' });
    await queue.add('n', {}, { jobId: 'task-1' });
    expect(await queue.getWaitingCount()).toBe(1);
  });

  it('gives the job of a worker that vanished to another', async () => {
    const spec = { ...openSpec(), lockSeconds: 1, stalledCheckSeconds: 0.2 };
    const lost = open(spec);
    const queue = lost.queue('lost');
    await queue.add('n', {}, { jobId: 'task-2' });
    // A worker that takes the job, never renews its lock and never ends it.
    const dead = lost.worker('lost', null as never, { autorun: false, skipLockRenewal: true });
    expect((await dead.getNextJob('token', { block: false }))?.id).toBe('task-2');
    const finder = open(spec);
    const done: string[] = [];
    finder.worker('lost', async (job: Job) => void done.push(job.id!));
    await eventually(() => done.length > 0);
    expect(done).toEqual(['task-2']);
  });

  it('close waits for the running job and leaves the waiting ones', async () => {
    const backend = open();
    const queue = backend.queue('graceful');
    let finish: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (finish = resolve));
    const worker = backend.worker('graceful', () => gate, { concurrency: 1 });
    // Listened for before the first job: over Redis the worker can take it while the second is added.
    const active = once(worker, 'active');
    await queue.add('n', {}, { jobId: 'running' });
    await queue.add('n', {}, { jobId: 'waiting' });
    await active;
    const closing = worker.close();
    finish();
    await closing;
    expect(await queue.getJobState('running')).toBe('completed');
    expect(await queue.getJobState('waiting')).toBe('waiting');
  });
}

describe('the queue on PostgreSQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.release());
  const spec = (): QueueBackendSpec => ({ kind: 'postgres', url: database.url });

  behavesAsQueue(spec);

  it('shows a job of a transaction with its commit, wakes a waiting worker, and forgets it on rollback', async () => {
    const backend = new QueueBackend(spec());
    await backend.prepare();
    const done: unknown[] = [];
    const worker = backend.worker('tx', async (job: Job) => void done.push([job.id, job.name, job.data, job.opts]));
    await worker.waitUntilReady();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const add = (id: string): Promise<void> =>
      addJobInTransaction(client, {
        queue: 'tx',
        name: 'train',
        id,
        payload: { taskId: id },
        options: { attempts: 3 },
      });
    await client.query('BEGIN');
    await add('rolled-back');
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    await add('committed');
    expect(await backend.queue('tx').getJobCounts('waiting', 'active', 'completed')).toEqual({
      waiting: 0,
      active: 0,
      completed: 0,
    });
    await client.query('COMMIT');
    await eventually(() => done.length > 0);
    expect(done).toEqual([
      ['committed', 'train', { taskId: 'committed' }, expect.objectContaining({ attempts: 3, jobId: 'committed' })],
    ]);
    await client.end();
    await backend.close();
  });

  it('stores a job of a transaction as BullMQ itself would', async () => {
    const backend = new QueueBackend(spec());
    const options = { attempts: 4, backoff: { type: 'exponential', delay: 100 }, removeOnComplete: { age: 60 } };
    const queue = backend.queue('rows');
    await queue.add('n', { a: 1 }, { ...options, jobId: 'by-bullmq', timestamp: 1 });
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await addJobInTransaction(client, {
      queue: 'rows',
      name: 'n',
      id: 'by-us',
      payload: { a: 1 },
      options: { ...options, timestamp: 1 },
    });
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT to_jsonb(job) - 'id' - 'seq' AS job FROM bullmq.job WHERE queue = 'rows' ORDER BY id`,
    );
    const [theirs, ours] = rows.map(({ job }) => job as { opts: Record<string, unknown> });
    const withoutId = (job: typeof theirs): unknown => ({ ...job, opts: { ...job!.opts, jobId: '', timestamp: 0 } });
    expect(withoutId(ours)).toEqual(withoutId(theirs));
    await client.end();
    await backend.close();
  });

  it('says that the database is away, without its password', async () => {
    const url = new URL(database.url);
    url.port = '1';
    const backend = new QueueBackend({ kind: 'postgres', url: url.href });
    const error = await backend.prepare().catch((caught: unknown) => caught as Error);
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    expect((error as Error).message).not.toContain(url.password);
  });
});

const onRedis = hasRedis() ? describe : describe.skip;
onRedis('the queue on Redis (needs redis-server)', () => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  behavesAsQueue(() => ({ kind: 'redis', url: server.url }));
});
