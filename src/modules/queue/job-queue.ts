import { Inject, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { addJobInTransaction, QueueBackend } from '../../infra/queue/index.js';
import type { Transaction } from '../leases/index.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { QUEUE_NAMES, QUEUE_OF_JOB, type JobPayloads, type QueueJobName, type QueueName } from './job-names.js';

export interface EnqueueRequest<N extends QueueJobName = QueueJobName> {
  readonly name: N;
  readonly id: string;
  readonly payload: JobPayloads[N];
}

/** States in which a queue job still leads to work. */
const LIVE_STATES: ReadonlySet<string> = new Set(['waiting', 'prioritized', 'active', 'delayed', 'waiting-children']);
const KEPT_DONE = { age: 3600, count: 1000 };
const KEPT_FAILED = { age: 7 * 24 * 3600, count: 1000 };

/** Puts jobs in line. The line is transport only: what is to be done stands in the task row. */
@Injectable()
export class JobQueue {
  private readonly queues = new Map<QueueName, Queue>();

  constructor(
    private readonly backend: QueueBackend,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /**
   * On PostgreSQL the job becomes visible with the transaction's commit, or never. On Redis it is added after
   * the commit; when the process dies in between, the reconciler adds it.
   */
  async enqueue(tx: Transaction, { name, id, payload }: EnqueueRequest): Promise<void> {
    const { attempts, retryDelaySeconds } = this.config.queue;
    const options = {
      attempts,
      backoff: { type: 'exponential', delay: retryDelaySeconds * 1000 },
      removeOnComplete: KEPT_DONE,
      removeOnFail: KEPT_FAILED,
    };
    const queue = QUEUE_OF_JOB[name];
    if (this.backend.kind === 'postgres')
      await addJobInTransaction(tx.manager, { queue, name, id, payload, options }, this.backend.schema);
    else tx.afterCommit(async () => void (await this.queue(queue).add(name, payload, { ...options, jobId: id })));
  }

  /** True while the job waits, is delayed or is being worked on. */
  async isLive(name: QueueJobName, id: string): Promise<boolean> {
    return LIVE_STATES.has(await this.queue(QUEUE_OF_JOB[name]).getJobState(id));
  }

  /** Takes a job that nobody works on out of line; a job at work ends by itself, as its task is no longer its own. */
  async remove(name: QueueJobName, id: string): Promise<void> {
    const job = await this.queue(QUEUE_OF_JOB[name]).getJob(id);
    // A worker may take it in this very moment; then it finds that the task has ended.
    if (job && !(await job.isActive())) await job.remove().catch(() => undefined);
  }

  /** Jobs by queue and state. */
  async counts(): Promise<Record<QueueName, Record<string, number>>> {
    const entries = await Promise.all(
      QUEUE_NAMES.map(async (name) => [name, await this.queue(name).getJobCounts()] as const),
    );
    return Object.fromEntries(entries) as Record<QueueName, Record<string, number>>;
  }

  private queue(name: QueueName): Queue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue: Queue = this.backend.queue(name);
    this.queues.set(name, queue);
    return queue;
  }
}
