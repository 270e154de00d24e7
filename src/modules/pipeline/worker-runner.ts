import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { DelayedError, UnrecoverableError, type Job, type Worker } from 'bullmq';
import { errorMessage, isUnrecoverable } from '../../common/index.js';
import { QueueBackend } from '../../infra/queue/index.js';
import { QUEUE_NAMES, type QueueName, type TaskPayload } from '../queue/job-names.js';
import { PoolDownloadRunner } from '../image-pool/pool-download-runner.js';
import type { JobOutcome } from '../leases/index.js';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import type { JobName } from '../tasks/task-steps.js';
import { PipelineService } from './pipeline.service.js';

/** Longest time until a job whose task another worker still holds is looked at again. */
const LONGEST_DELAY_MS = 5_000;

/** Takes jobs from the queues and hands them to the pipeline. */
@Injectable()
export class WorkerRunner implements BeforeApplicationShutdown {
  private workers: Worker<TaskPayload>[] = [];

  constructor(
    private readonly backend: QueueBackend,
    private readonly pipeline: PipelineService,
    private readonly downloads: PoolDownloadRunner,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async start(
    queues: readonly QueueName[] = QUEUE_NAMES,
    concurrency: Partial<Record<QueueName, number>> = {},
  ): Promise<void> {
    for (const name of queues) {
      const limit = concurrency[name] ?? this.config.queue.concurrency[name];
      if (limit === 0) continue;
      const worker = this.backend.worker<TaskPayload>(
        name,
        // BullMQ hands over the signal only to a function of exactly these three parameters.
        (job, token, signal) => this.process(job, token, signal),
        { concurrency: limit },
      );
      this.workers.push(worker);
      await worker.waitUntilReady();
      this.logger.info({ queue: name, concurrency: limit }, 'Taking jobs');
    }
  }

  /** Takes no more jobs, stops what is at work and gives the tasks back. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.pause(true)));
    this.pipeline.stopAll();
    this.downloads.stopAll();
    await Promise.all(this.workers.map((worker) => worker.close()));
  }

  private run(job: Job<TaskPayload>, signal: AbortSignal): Promise<JobOutcome> {
    const id = job.id!;
    const { taskId } = job.data;
    const retriesLeft = job.attemptsMade + 1 < (job.opts.attempts ?? 1);
    if (job.name === 'download') return this.downloads.run({ id, downloadId: taskId, retriesLeft }, signal);
    return this.pipeline.run({ name: job.name as JobName, id, taskId, retriesLeft }, signal);
  }

  private async process(job: Job<TaskPayload>, token?: string, signal?: AbortSignal): Promise<void> {
    try {
      const outcome = await this.run(job, signal ?? new AbortController().signal);
      if (outcome.kind !== 'held') return;
      await job.moveToDelayed(Date.now() + Math.min(LONGEST_DELAY_MS, outcome.untilMs), token);
      throw new DelayedError();
    } catch (error) {
      // The queue would try again what no other attempt can cure.
      if (isUnrecoverable(error)) throw new UnrecoverableError(errorMessage(error));
      throw error;
    }
  }
}
