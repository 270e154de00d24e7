import type { StepContext, StepProgress } from '../../common/index.js';
import { errorMessage } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { Hold, type StopReason } from '../leases/index.js';
import type { TaskLeases } from './task-leases.js';
import type { StepInput } from './step.js';
import type { StepName } from '../tasks/task-steps.js';
import type { TaskEntity } from '../tasks/task.entity.js';

const FLUSH_MS = 500;
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
  private readonly hold: Hold;
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
    this.hold = new Hold(`Task ${task.id}`, leases.leases.leaseMs, () => leases.renew(task.id, fence));
    this.folder = new RunFolder(task.runFolder);
    // A task may have been stored by an earlier release that knew fewer keys.
    this.config = trainConfigSchema.parse(task.config);
  }

  get signal(): AbortSignal {
    return this.hold.signal;
  }

  /** Why the work has to stop, or null while it goes on. */
  get stopReason(): StopReason | null {
    return this.hold.stopReason;
  }

  /** A worker that is stopped lets steps end or write a checkpoint; nobody waits for those of a task that is gone. */
  stop(reason: StopReason): void {
    this.hold.stop(reason, reason === 'shutdown' ? this.leases.leases.stopMs : null);
  }

  /** See `Hold`. @throws LeaseLost */
  assertHeld(): Promise<void> {
    return this.hold.assertHeld();
  }

  startHeartbeat(): void {
    this.hold.startHeartbeat();
  }

  /** Ends the heartbeat and writes what is still to be written. */
  async end(): Promise<void> {
    await this.hold.endHeartbeat();
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
      if (this.stopReason === null)
        this.leases.logger.warn({ taskId: this.task.id, err: errorMessage(error) }, 'progress');
    });
  }

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
