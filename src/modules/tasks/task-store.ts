import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../common/index.js';
import { letGo, transact, type Transaction } from '../leases/index.js';
import { JobQueue } from '../queue/job-queue.js';
import { TaskEventEntity, type TaskEventKind } from './task-event.entity.js';
import { TaskStepEntity } from './task-step.entity.js';
import { assertMove, ENDED_STATUSES, type TaskStatus } from './task-state.js';
import { nextJob, overallProgress, stepsOfJob, type JobName, type StepName } from './task-steps.js';
import { TaskEntity } from './task.entity.js';

/** Channel of NOTIFY: tells listeners which task has new events. */
export const EVENT_CHANNEL = 'polarline_task_events';

/**
 * The only writer of task rows. Every change is one transaction with its event, under the task's row lock;
 * the job that a new state asks for is enqueued in that same transaction.
 */
@Injectable()
export class TaskStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {}

  async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return transact(this.dataSource, work);
  }

  /** The task, locked until the transaction ends. @throws AppError `TASK_UNKNOWN` */
  async lock(tx: Transaction, taskId: string): Promise<TaskEntity> {
    const task = await tx.manager.findOne(TaskEntity, {
      where: { id: taskId },
      lock: { mode: 'pessimistic_write' },
    });
    if (!task) throw taskUnknown(taskId);
    return task;
  }

  /** Moves a locked task on, records it, and enqueues what the new state asks for. Returns the changed task. */
  async move(
    tx: Transaction,
    task: TaskEntity,
    to: TaskStatus,
    change: Partial<TaskEntity> = {},
    data: Record<string, unknown> = {},
  ): Promise<TaskEntity> {
    assertMove(task.id, task.status, to);
    const from = task.status;
    const now = new Date();
    Object.assign(task, change, { status: to, updatedAt: now });
    task.finishedAt = ENDED_STATUSES.includes(to) ? now : null;
    await this.scheduleNext(tx, task);
    await this.appendEvent(tx, task.id, 'state', { from, to, progress: task.progress, ...data });
    return task;
  }

  /**
   * Gives a locked task the job its state and finished steps ask for (or none), and saves the row. Whoever
   * worked on the task until now has lost it.
   */
  async scheduleNext(tx: Transaction, task: TaskEntity): Promise<JobName | null> {
    letGo(task);
    const job = nextJob(task.status, await this.finishedSteps(tx.manager, task.id));
    task.jobName = job;
    // The fence makes the id new each time, so a stale job of the same task is told apart.
    task.jobId = job === null ? null : `${task.id}.${job}.${task.fence}`;
    await tx.manager.save(task);
    if (task.jobName !== null && task.jobId !== null)
      await this.queue.enqueue(tx, { name: task.jobName, id: task.jobId, payload: { taskId: task.id } });
    return job;
  }

  async finishedSteps(manager: EntityManager, taskId: string): Promise<Set<StepName>> {
    const steps = await manager.find(TaskStepEntity, { where: { taskId, status: 'finished' } });
    return new Set(steps.map((step) => step.name));
  }

  /** Call with the task's row locked, so that ids of one task become visible in order. */
  async appendEvent(
    tx: Transaction,
    taskId: string,
    kind: TaskEventKind,
    data: Record<string, unknown>,
  ): Promise<void> {
    await tx.manager.insert(TaskEventEntity, { taskId, at: new Date(), kind, data: data as Record<string, never> });
    await tx.manager.query('SELECT pg_notify($1, $2)', [EVENT_CHANNEL, taskId]);
  }

  /** Writes step progress of a locked task; what is told outside never goes back. */
  async recordProgress(tx: Transaction, task: TaskEntity, step: StepName, fraction: number): Promise<void> {
    task.currentStep = step;
    task.progress = Math.max(task.progress, overallProgress(step, fraction));
    task.updatedAt = new Date();
    await tx.manager.update(
      TaskEntity,
      { id: task.id },
      { currentStep: step, progress: task.progress, updatedAt: task.updatedAt },
    );
  }

  /** Marks what a job recorded as running as ended without a result. */
  async interruptSteps(
    tx: Transaction,
    taskId: string,
    job: JobName,
    status: 'interrupted' | 'failed' = 'interrupted',
  ): Promise<void> {
    for (const name of stepsOfJob(job))
      await tx.manager.update(TaskStepEntity, { taskId, name, status: 'running' }, { status });
  }

  /**
   * Puts an evaluation of a locked, completed task in line; one that is in line or at work already is replaced. The
   * rows of its steps keep what they tell until the new evaluation has an answer.
   */
  async evaluateAgain(tx: Transaction, task: TaskEntity): Promise<void> {
    for (const name of stepsOfJob('evaluate'))
      await tx.manager.update(TaskStepEntity, { taskId: task.id, name }, { status: 'interrupted' });
    task.updatedAt = new Date();
    await this.scheduleNext(tx, task);
  }

  /** Gives up a new evaluation of a locked, completed task: its steps are again what they were before. */
  async dropEvaluation(tx: Transaction, task: TaskEntity): Promise<void> {
    await tx.manager.query(
      `UPDATE task_steps SET status = 'finished',
        started_at = coalesce(finished_at - duration_ms * interval '1 millisecond', started_at)
        WHERE task_id = $1 AND name = ANY($2) AND status <> 'finished' AND finished_at IS NOT NULL`,
      [task.id, stepsOfJob('evaluate')],
    );
    Object.assign(task, { jobName: null, jobId: null });
    await this.release(tx, task);
  }

  /** Lets go of a task whose job stays in the queue for another attempt. */
  async release(tx: Transaction, task: TaskEntity): Promise<void> {
    letGo(task);
    await tx.manager.save(task);
  }
}

export function taskUnknown(taskId: string): AppError {
  return new AppError('notFound', 'TASK_UNKNOWN', `Expected the id of a task, got ${taskId}: there is no such task.`, {
    taskId,
  });
}
