import { setTimeout as sleep } from 'node:timers/promises';
import type { StepContext, StepProgress } from '../../common/index.js';
import { errorMessage } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { LeaseLost } from './lease-lost.js';
import type { TaskLeases } from './task-leases.js';
import type { StepInput } from './step.js';
import type { StepName } from '../tasks/task-steps.js';
import type { TaskEntity } from '../tasks/task.entity.js';

const HEARTBEAT_MS = 1_000;
const FLUSH_MS = 500;
/** A lease renewed this short a while ago is held: leases last 5 s at least. */
const SURELY_HELD_MS = 1_000;

export type StopReason = 'cancelled' | 'lost' | 'shutdown';

interface PendingEvent {
  readonly kind: 'epoch' | 'log';
  readonly data: Record<string, unknown>;
}

/**
 * A task in this worker's hands. Keeps the lease alive, hears of cancels, and carries progress and log lines
 * to the database without slowing the step down.
 */
export class TaskRun implements StepInput {
  readonly folder: RunFolder;
  readonly config: TrainConfig;
  private readonly controller = new AbortController();
  private reason: StopReason | null = null;
  /** When a renewal began that succeeded. */
  private renewedAt = Date.now();
  private heartbeat: Promise<void> | null = null;
  private flushing: Promise<void> = Promise.resolve();
  private flushTimer: NodeJS.Timeout | null = null;
  private progress: { step: StepName; value: StepProgress } | null = null;
  private events: PendingEvent[] = [];
  private epoch: { metrics: Readonly<Record<string, number>>; told: boolean } | null = null;

  constructor(
    readonly task: TaskEntity,
    readonly fence: number,
    private readonly leases: TaskLeases,
  ) {
    this.folder = new RunFolder(task.runFolder);
    // A task may have been stored by an earlier release that knew fewer keys.
    this.config = trainConfigSchema.parse(task.config);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Why the work has to stop, or null while it goes on. */
  get stopReason(): StopReason | null {
    return this.reason;
  }

  stop(reason: StopReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.controller.abort(new Error(`stopped: ${reason}`));
  }

  /**
   * Asked before files appear under their final names: a worker that was away for a while (suspended, cut off)
   * must not write into a task that another has by now. @throws LeaseLost
   */
  async assertHeld(): Promise<void> {
    if (Date.now() - this.renewedAt < SURELY_HELD_MS) return;
    const standing = await this.renew();
    const silentMs = Date.now() - this.renewedAt;
    if (standing === 'held' || (standing === 'unknown' && silentMs < this.leases.leaseMs - SURELY_HELD_MS)) return;
    this.stop(standing === 'unknown' ? 'lost' : standing);
    throw new LeaseLost(`Task ${this.task.id} is no longer held by this worker.`);
  }

  startHeartbeat(): void {
    const ended = new AbortController();
    const beat = async (): Promise<void> => {
      while (!ended.signal.aborted) {
        await sleep(HEARTBEAT_MS, undefined, { signal: ended.signal }).catch(() => undefined);
        if (ended.signal.aborted) return;
        const standing = await this.renew();
        if (standing === 'cancelled' || standing === 'lost') this.stop(standing);
        else if (Date.now() - this.renewedAt > this.leases.leaseMs) this.stop('lost');
      }
    };
    this.heartbeat = beat();
    this.endHeartbeat = () => ended.abort();
  }

  private async renew(): ReturnType<TaskLeases['renew']> {
    const askedAt = Date.now();
    const standing = await this.leases.renew(this.task.id, this.fence);
    if (standing === 'held') this.renewedAt = Math.max(this.renewedAt, askedAt);
    return standing;
  }

  /** Ends the heartbeat and writes what is still to be written. */
  async end(): Promise<void> {
    this.endHeartbeat();
    await this.heartbeat;
    await this.flush();
  }

  context(step: StepName): StepContext {
    const log = (level: 'info' | 'warn', message: string, details?: Record<string, unknown>): void => {
      this.events.push({ kind: 'log', data: { level, step, message, ...(details ? { details } : {}) } });
      this.flushSoon();
    };
    return {
      signal: this.signal,
      onProgress: (value) => {
        this.progress = { step, value };
        this.noteEpoch(step, value);
        this.flushSoon();
      },
      log: {
        info: (message, details) => log('info', message, details),
        warn: (message, details) => log('warn', message, details),
      },
    };
  }

  /** Writes buffered progress and events; writes are in order, one at a time. */
  async flush(): Promise<void> {
    if (this.flushTimer) clearTimeout(this.flushTimer);
    this.flushTimer = null;
    const work = this.flushing.then(() => this.writePending());
    this.flushing = work.catch(() => undefined);
    await work.catch((error: unknown) => {
      if (this.reason === null) this.leases.logger.warn({ taskId: this.task.id, err: errorMessage(error) }, 'progress');
    });
  }

  private endHeartbeat: () => void = () => undefined;

  /**
   * An epoch is told once, with its validation figures where it has some: they come with its last report. One
   * that is not validated is told when the next begins.
   */
  private noteEpoch(step: StepName, { metrics }: StepProgress): void {
    if (metrics?.epoch === undefined) return;
    const before = this.epoch;
    if (before && !before.told && before.metrics.epoch !== metrics.epoch)
      this.events.push({ kind: 'epoch', data: { step, ...before.metrics } });
    const validated = Object.keys(metrics).some((name) => name.startsWith('val'));
    const told = before?.metrics.epoch === metrics.epoch && before.told;
    if (validated && !told) this.events.push({ kind: 'epoch', data: { step, ...metrics } });
    this.epoch = { metrics, told: told || validated };
  }

  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  private async writePending(): Promise<void> {
    const { progress, events } = this;
    if (progress === null && events.length === 0) return;
    this.progress = null;
    this.events = [];
    await this.leases.record(this.task.id, this.fence, progress, events);
  }
}
