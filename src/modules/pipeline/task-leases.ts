import { Inject, Injectable } from '@nestjs/common';
import type { StepProgress } from '../../common/index.js';
import { LeaseLost, Leases, type Standing, type Transaction } from '../leases/index.js';
import { LOGGER, type Logger } from '../settings/app-settings.js';
import { TaskStepEntity } from '../tasks/task-step.entity.js';
import { hasWork } from '../tasks/task-state.js';
import type { JobName, StepName } from '../tasks/task-steps.js';
import { TaskStore } from '../tasks/task-store.js';
import { TaskEntity } from '../tasks/task.entity.js';
import { TaskRun } from './task-run.js';

export type Claim =
  | { readonly kind: 'claimed'; readonly run: TaskRun; readonly finished: ReadonlySet<StepName> }
  | { readonly kind: 'stale' }
  | { readonly kind: 'held'; readonly untilMs: number };

/** What the worker that holds a task records of it. */
@Injectable()
export class TaskLeases {
  constructor(
    readonly leases: Leases,
    private readonly store: TaskStore,
    @Inject(LOGGER) readonly logger: Logger,
  ) {}

  /** Takes the task when `jobId` is still its job and nobody alive holds it. */
  async claim(taskId: string, jobId: string, job: JobName): Promise<Claim> {
    return this.store.transact(async (tx): Promise<Claim> => {
      const task = await lockIfThere(tx, taskId);
      if (!task || task.jobId !== jobId || !hasWork(task)) return { kind: 'stale' };
      const untilMs = await this.leases.heldByOtherMs(tx.manager, TaskEntity, task);
      if (untilMs > 0) return { kind: 'held', untilMs };
      task.startedAt ??= new Date();
      await this.leases.take(tx.manager, TaskEntity, task);
      await this.store.interruptSteps(tx, taskId, job);
      const finished = await this.store.finishedSteps(tx.manager, taskId);
      return { kind: 'claimed', run: new TaskRun(task, task.fence, this), finished };
    });
  }

  /** Keeps the lease alive; tells when it is gone, or `unknown` when the database does not answer. */
  renew(taskId: string, fence: number): Promise<Standing> {
    return this.leases.renew(TaskEntity, taskId, fence);
  }

  /** Runs `work` under the task's row lock, only while this fence is the newest. @throws LeaseLost, also of a deleted task */
  async withTask<T>(
    taskId: string,
    fence: number,
    work: (tx: Transaction, task: TaskEntity) => Promise<T>,
  ): Promise<T> {
    return this.store.transact(async (tx) => {
      const task = await lockIfThere(tx, taskId);
      if (task?.fence !== fence) throw new LeaseLost(`Task ${taskId} is no longer held by this worker.`);
      return work(tx, task);
    });
  }

  async record(
    taskId: string,
    fence: number,
    progress: { readonly step: StepName; readonly value: StepProgress } | null,
    events: readonly { readonly kind: 'epoch' | 'log'; readonly data: Record<string, unknown> }[],
  ): Promise<void> {
    await this.withTask(taskId, fence, async (tx, task) => {
      for (const { kind, data } of events) await this.store.appendEvent(tx, taskId, kind, data);
      if (progress === null) return;
      await this.store.recordProgress(tx, task, progress.step, progress.value.fraction);
      await this.store.appendEvent(tx, taskId, 'progress', {
        step: progress.step,
        fraction: progress.value.fraction,
        progress: task.progress,
        ...(progress.value.message === undefined ? {} : { message: progress.value.message }),
        ...(progress.value.metrics === undefined ? {} : { metrics: progress.value.metrics }),
      });
    });
  }

  /**
   * Marks a step as begun; the attempt counts up over interruptions. The last results of a completed task stand until
   * its new evaluation has some.
   */
  async beginStep(run: TaskRun, name: StepName): Promise<void> {
    await this.withTask(run.task.id, run.fence, async (tx, task) => {
      const before = await tx.manager.findOneBy(TaskStepEntity, { taskId: task.id, name });
      const outcome = task.status === 'completed' ? {} : { finishedAt: null, durationMs: null, result: null };
      await tx.manager.save(TaskStepEntity, {
        taskId: task.id,
        name,
        status: 'running',
        attempt: (before?.attempt ?? 0) + 1,
        startedAt: new Date(),
        ...outcome,
      });
      await this.store.recordProgress(tx, task, name, 0);
      await this.store.appendEvent(tx, task.id, 'step', { step: name, status: 'running', progress: task.progress });
    });
  }
}

function lockIfThere({ manager }: Transaction, taskId: string): Promise<TaskEntity | null> {
  return manager.findOne(TaskEntity, { where: { id: taskId }, lock: { mode: 'pessimistic_write' } });
}
