import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import type { EntityManager } from 'typeorm';
import type { JobName } from '../tasks/task-steps.js';
import { QUEUE_OF_JOB, type JobPayloads, type QueueName } from './job-names.js';

/** Where the queue lives. */
export interface QueueSettings {
  readonly kind: 'postgres' | 'redis';
  /** Schema of the queue's tables, on PostgreSQL. */
  readonly schema: string;
  readonly attempts: number;
  readonly retryDelayMs: number;
}

export const QUEUE_SETTINGS = Symbol('QUEUE_SETTINGS');
export const QUEUES = Symbol('QUEUES');

export interface EnqueueRequest<N extends JobName = JobName> {
  readonly name: N;
  readonly id: string;
  readonly payload: JobPayloads[N];
}

interface Transaction {
  readonly manager: EntityManager;
  afterCommit(action: () => Promise<void>): void;
}

/** States in which a queue job still leads to work. */
const LIVE_STATES: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'active', 'delayed', 'waiting-children']);

/** Puts jobs in line. The line is transport only: what is to be done stands in the task row. */
@Injectable()
export class JobQueue {
  constructor(
    @Inject(QUEUES) private readonly queues: ReadonlyMap<QueueName, Queue>,
    @Inject(QUEUE_SETTINGS) private readonly settings: QueueSettings,
  ) {}

  /**
   * On PostgreSQL the job becomes visible with the transaction's commit, or never. On Redis it is added after
   * the commit; when the process dies in between, the reconciler adds it.
   */
  async enqueue(tx: Transaction, { name, id, payload }: EnqueueRequest): Promise<void> {
    const queue = this.queue(name);
    const { attempts, retryDelayMs } = this.settings;
    const options = {
      attempts,
      backoff: { type: 'exponential', delay: retryDelayMs },
      removeOnComplete: { age: 3600, count: 1000 },
      removeOnFail: { age: 7 * 24 * 3600, count: 1000 },
    };
    if (this.settings.kind === 'redis') {
      tx.afterCommit(async () => void (await queue.add(name, payload, { ...options, jobId: id })));
      return;
    }
    // The function that BullMQ's own client calls; it also wakes waiting workers on commit.
    await tx.manager.query(
      `SELECT "${this.settings.schema}".add_job($1, $2, $3, $4::jsonb, $5::jsonb, 0, 0, $6, $7,
        NULL, NULL, NULL, NULL, NULL, false)`,
      [queue.name, id, name, JSON.stringify(payload), JSON.stringify(options), Date.now(), attempts],
    );
  }

  /** True while the job waits, is delayed or is being worked on. */
  async isLive(name: JobName, id: string): Promise<boolean> {
    return LIVE_STATES.has(await this.queue(name).getJobState(id));
  }

  /** Takes a job that nobody works on out of line; a job at work ends by itself, as its task is no longer its own. */
  async remove(name: JobName, id: string): Promise<void> {
    const job = await this.queue(name).getJob(id);
    if (job && !(await job.isActive())) await job.remove().catch(() => undefined);
  }

  async counts(): Promise<Record<QueueName, Record<string, number>>> {
    const entries = await Promise.all(
      [...this.queues].map(async ([name, queue]) => [name, await queue.getJobCounts()] as const),
    );
    return Object.fromEntries(entries) as Record<QueueName, Record<string, number>>;
  }

  private queue(name: JobName): Queue {
    const queue = this.queues.get(QUEUE_OF_JOB[name]);
    if (!queue) throw new Error(`No queue is registered for job ${name}.`);
    return queue;
  }
}
