import { Inject, Injectable } from '@nestjs/common';
import { AppError, errorMessage, isUnrecoverable, withPublishGuard } from '../../common/index.js';
import { removeTemporaryFiles } from '../../dataset/index.js';
import { explainDiskError } from '../../infra/storage/index.js';
import { LeaseLost, type JobOutcome, type Transaction } from '../leases/index.js';
import { LOGGER, type Logger } from '../settings/app-settings.js';
import { GoldenChanges } from '../goldens/golden-changes.js';
import { TaskStepEntity } from '../tasks/task-step.entity.js';
import { GATE_STEPS, stepsOfJob, type JobName, type StepName } from '../tasks/task-steps.js';
import { TaskStore } from '../tasks/task-store.js';
import { toTaskError } from '../tasks/task-error.js';
import type { TaskEntity } from '../tasks/task.entity.js';
import { removeDiscardedRun } from '../run-folders/discarded-run.js';
import { PIPELINE_STEPS, type PipelineStep } from './step.js';
import { TaskLeases } from './task-leases.js';
import type { TaskRun } from './task-run.js';

/** One queue job as the pipeline sees it. */
export interface JobSpec {
  readonly name: JobName;
  readonly id: string;
  readonly taskId: string;
  /** False when the queue will not try again after this attempt. */
  readonly retriesLeft: boolean;
}

/** Does the steps of a job in order, each recorded, each skipped when it is finished already. */
@Injectable()
export class PipelineService {
  private readonly running = new Set<TaskRun>();
  private readonly steps: ReadonlyMap<StepName, PipelineStep>;
  private stopping = false;

  constructor(
    private readonly leases: TaskLeases,
    private readonly store: TaskStore,
    private readonly goldens: GoldenChanges,
    @Inject(PIPELINE_STEPS) steps: readonly PipelineStep[],
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.steps = stepsByName(steps);
  }

  /** @throws what a step threw, once it is recorded; the queue decides by it whether to try again. */
  async run(job: JobSpec, signal: AbortSignal): Promise<JobOutcome> {
    const claim = await this.leases.claim(job.taskId, job.id, job.name);
    if (claim.kind !== 'claimed') return claim;
    const { run, finished } = claim;
    const onAbort = (): void => run.stop('shutdown');
    if (signal.aborted || this.stopping) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.running.add(run);
    run.startHeartbeat();
    try {
      await removeTemporaryFiles(run.folder.root, new Date());
      const open = stepsOfJob(job.name).filter((name) => !finished.has(name));
      for (const name of open) await this.runStep(run, name, name === open.at(-1) ? job.name : null);
      // An earlier release ended the last step and the job apart; a worker that was killed in between left this.
      if (open.length === 0)
        await this.leases.withTask(run.task.id, run.fence, (tx, task) => this.advance(tx, task, job.name));
      await run.end();
      return { kind: 'done' };
    } catch (error) {
      await run.end();
      return await this.afterError(run, job, error);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.running.delete(run);
    }
  }

  /** Stops everything at work here and gives the tasks back, so that another worker goes on at once. */
  stopAll(): void {
    this.stopping = true;
    for (const run of this.running) run.stop('shutdown');
  }

  /** @param ends the job that ends with this step: in one transaction, since a task in between would belong to no job */
  private async runStep(run: TaskRun, name: StepName, ends: JobName | null): Promise<void> {
    const step = this.steps.get(name)!;
    run.signal.throwIfAborted();
    const startedAt = performance.now();
    await this.leases.beginStep(run, name);
    const outcome = await withPublishGuard(
      () => run.assertHeld(),
      () => step.run(run, run.context(name)),
    );
    run.signal.throwIfAborted();
    await run.flush();
    const durationMs = Math.round(performance.now() - startedAt);
    await this.leases.withTask(run.task.id, run.fence, async (tx, task) => {
      await outcome.save?.(tx);
      await tx.manager.update(
        TaskStepEntity,
        { taskId: task.id, name },
        { status: 'finished', finishedAt: new Date(), durationMs, result: outcome.result as Record<string, never> },
      );
      if (outcome.counts) {
        task.counts = { ...task.counts, ...outcome.counts };
        run.task.counts = task.counts;
        await tx.manager.save(task);
      }
      await this.store.recordProgress(tx, task, name, 1);
      await this.store.appendEvent(tx, task.id, 'step', {
        step: name,
        status: 'finished',
        durationMs,
        progress: task.progress,
      });
      if (ends !== null) await this.advance(tx, task, ends);
    });
  }

  /** All steps of the job are finished: on to the gate, the next job, or the end. */
  private async advance(tx: Transaction, task: TaskEntity, job: JobName): Promise<void> {
    if (task.status === 'completed') {
      await this.store.scheduleNext(tx, task);
      await this.goldens.finish(tx, task);
    } else if (job === 'prepare') await this.store.move(tx, task, 'pending_orientation');
    else if (job === 'evaluate') await this.store.move(tx, task, 'completed', { progress: 1 });
    else await this.store.scheduleNext(tx, task);
  }

  private async afterError(run: TaskRun, job: JobSpec, error: unknown): Promise<JobOutcome> {
    const log = { taskId: job.taskId, job: job.name, err: error };
    if (run.stopReason === 'cancelled' || run.stopReason === 'lost' || error instanceof LeaseLost) {
      this.logger.info({ taskId: job.taskId, job: job.name, reason: run.stopReason ?? 'lost' }, 'Stopped');
      return { kind: 'stopped' };
    }
    if (run.stopReason === 'shutdown') {
      await this.giveBack(run, job);
      return { kind: 'stopped' };
    }
    const known = asKnown(error, run.folder.root);
    const final = isUnrecoverable(known) || !job.retriesLeft;
    if (known instanceof AppError && known.kind === 'badInput')
      this.logger.warn({ ...log, err: undefined, code: known.code }, `The task failed: ${known.message}`);
    else if (final) this.logger.error(log, 'The task failed');
    else this.logger.warn(log, 'A step failed and will be tried again');
    await this.leases
      .withTask(run.task.id, run.fence, async (tx, task) => {
        await this.store.interruptSteps(tx, task.id, job.name, final ? 'failed' : 'interrupted');
        if (final) {
          const taskError = toTaskError(known);
          if (task.status === 'completed') {
            await this.store.dropEvaluation(tx, task);
            await this.goldens.fail(tx, task, taskError);
            return;
          }
          if (taskError.kind === 'badInput' && job.name === 'prepare') await this.discard(tx, task.id);
          await this.store.move(tx, task, 'failed', { error: taskError }, { error: taskError });
          return;
        }
        const message = `${task.currentStep ?? job.name}: ${errorMessage(error)}; it will be tried again`;
        await this.store.appendEvent(tx, task.id, 'log', { level: 'warn', step: task.currentStep, message });
        await this.store.release(tx, task);
      })
      .catch((failure: unknown) => {
        if (!(failure instanceof LeaseLost)) throw failure;
      });
    throw known;
  }

  private async giveBack(run: TaskRun, job: JobSpec): Promise<void> {
    await this.leases
      .withTask(run.task.id, run.fence, async (tx, task) => {
        await this.store.interruptSteps(tx, task.id, job.name, 'interrupted');
        await this.store.scheduleNext(tx, task);
      })
      .catch((failure: unknown) => {
        if (!(failure instanceof LeaseLost)) throw failure;
      });
  }

  /**
   * Nothing half-made of bad input stays behind. The files go once the steps that made them no longer count as finished:
   * the other way round, a kill in between left steps without their files. The cleaner removes what a kill leaves now.
   */
  private async discard(tx: Transaction, taskId: string): Promise<void> {
    for (const name of GATE_STEPS)
      await tx.manager.update(TaskStepEntity, { taskId, name, status: 'finished' }, { status: 'interrupted' });
    tx.afterCommit(async () => {
      try {
        await this.store.transact(({ manager }) => removeDiscardedRun(manager, taskId));
      } catch (error) {
        this.logger.warn({ taskId, err: error }, 'The run folder of bad input could not be removed');
      }
    });
  }
}

/** Refuses to start when a step has no or two implementations, and says which. */
export function stepsByName(steps: readonly PipelineStep[]): ReadonlyMap<StepName, PipelineStep> {
  const byName = new Map<StepName, PipelineStep>();
  for (const step of steps) {
    if (byName.has(step.name)) throw new Error(`Step ${step.name} has two implementations.`);
    byName.set(step.name, step);
  }
  const jobs: readonly JobName[] = ['prepare', 'build', 'train', 'evaluate'];
  const missing = jobs.flatMap(stepsOfJob).filter((name) => !byName.has(name));
  if (missing.length > 0) throw new Error(`No implementation for step ${missing.join(', ')}.`);
  return byName;
}

/** Errors of the machine that no retry cures, in words; everything else as it came. */
function asKnown(error: unknown, runFolder: string): unknown {
  const { code, path } = (error ?? {}) as NodeJS.ErrnoException;
  const explained = explainDiskError(error, path ?? runFolder);
  if (explained instanceof AppError && explained.code === 'DISK_FULL')
    return new AppError('badInput', explained.code, explained.message, explained.details, { cause: error });
  if (code === 'EACCES' || code === 'EROFS')
    return new AppError(
      'badInput',
      'NOT_WRITABLE',
      `${path ?? 'A path of the run'}: expected to be allowed to read and write it, got ${code}; grant permission and retry the task.`,
      {},
      { cause: error },
    );
  return error;
}
