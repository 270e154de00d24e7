import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource, In, MoreThan, type EntityManager, type QueryDeepPartialEntity } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { heldForMs, isUniqueViolation } from '../leases/index.js';
import { JobQueue } from '../queue/job-queue.js';
import { OrientationAnswerEntity } from '../orientation/orientation.entities.js';
import { writeAudit } from '../audit/write-audit.js';
import { isInScope } from '../auth/access-scope.js';
import type { Actor } from './actor.js';
import { findByRequest, identifyRequest } from './idempotency.js';
import type { JsonText } from './json-text.js';
import { StartChecks } from './start-checks.js';
import type { StartTaskSpec } from './start-request.js';
import {
  toEventDto,
  toTaskDto,
  type TaskDetailDto,
  type TaskDto,
  type TaskEventDto,
  type TaskPageDto,
} from './task-dto.js';
import { TASK_EVENT_KINDS, TaskEventEntity, type TaskEventKind } from './task-event.entity.js';
import { TaskDetails } from './task-details.js';
import { isTaskId, type TaskFilter } from './task-filter.js';
import { TaskList } from './task-list.js';
import { hasWork, INITIAL_STATUS, RETRYABLE_STATUSES, type TaskStatus } from './task-state.js';
import { statusForRetry } from './task-steps.js';
import { TaskStore, taskUnknown } from './task-store.js';
import { TaskEntity } from './task.entity.js';

/** What a person or a program does with tasks. */
@Injectable()
export class TaskService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: TaskStore,
    private readonly queue: JobQueue,
    private readonly checks: StartChecks,
    private readonly pages: TaskList,
    private readonly details: TaskDetails,
  ) {}

  /**
   * Checks everything that can be checked at once (folders, site, its database, configuration) and starts a
   * task; nothing stays behind when a check fails.
   * @throws AppError (badInput); `IDEMPOTENCY_KEY_REUSED` (conflict) for the same key with another request.
   */
  async start(spec: StartTaskSpec, actor: Actor): Promise<TaskDto> {
    const request = identifyRequest(spec);
    const madeBefore = (): Promise<TaskEntity | null> =>
      findByRequest(this.dataSource.manager, TaskEntity, request, actor, 'task');
    const known = await madeBefore();
    if (known) return toTaskDto(known);
    await this.assertRoom();
    const { config, ...places } = await this.checks.check(spec);
    const id = randomUUID();
    const now = new Date();
    const task = this.dataSource.manager.create(TaskEntity, {
      id,
      status: INITIAL_STATUS,
      currentStep: null,
      progress: 0,
      site: spec.site,
      lineId: spec.lineId,
      ...places,
      runFolder: join(places.outputDir, runFolderName(now, id)),
      config,
      counts: {},
      createdBy: actor.name,
      createdFrom: actor.from,
      createdAt: now,
      updatedAt: now,
      fence: 0,
      idempotencyKey: request.key,
      requestDigest: request.digest,
    });
    try {
      await this.store.transact(async (tx) => {
        await tx.manager.insert(TaskEntity, task as QueryDeepPartialEntity<TaskEntity>);
        await this.store.scheduleNext(tx, task);
        await this.store.appendEvent(tx, id, 'state', { from: null, to: task.status, progress: 0, by: actor.name });
        const after = { site: spec.site, line_id: spec.lineId, input_dir: places.inputDir, run_folder: task.runFolder };
        await writeAudit(tx.manager, actor, { action: 'task.start', target: `task:${id}`, after });
      });
    } catch (error) {
      // Two calls with one key at the same moment: the second finds what the first made.
      const winner = isUniqueViolation(error) ? await madeBefore() : null;
      if (winner) return toTaskDto(winner);
      throw error;
    }
    return toTaskDto(task);
  }

  /** @throws AppError `TASK_UNKNOWN` */
  async get(taskId: string): Promise<TaskDetailDto> {
    return (await this.getJson(taskId)).parse();
  }

  /** What `get` tells, as it goes to the wire. @throws AppError `TASK_UNKNOWN` */
  async getJson(taskId: string): Promise<JsonText> {
    return this.details.json(taskId);
  }

  async list(filter: TaskFilter = {}): Promise<TaskPageDto> {
    return (await this.listJson(filter)).parse();
  }

  /** What `list` tells, as it goes to the wire. */
  async listJson(filter: TaskFilter = {}): Promise<JsonText> {
    return this.pages.json(filter);
  }

  /** Events after `afterId`, oldest first; with nothing missed in between. */
  async eventsSince(
    taskId: string,
    afterId = 0,
    limit = 500,
    kinds: readonly TaskEventKind[] = TASK_EVENT_KINDS,
  ): Promise<TaskEventDto[]> {
    await this.find(taskId);
    const events = await this.dataSource.manager.find(TaskEventEntity, {
      where: { taskId, id: MoreThan(String(afterId)), kind: In([...kinds]) },
      order: { id: 'ASC' },
      take: limit,
    });
    return events.map(toEventDto);
  }

  /** The id of the newest event of all tasks; 0 when there is none. */
  async newestEventId(): Promise<number> {
    const [newest] = await this.dataSource.manager.find(TaskEventEntity, {
      select: { id: true },
      order: { id: 'DESC' },
      take: 1,
    });
    return Number(newest?.id ?? 0);
  }

  /** Stops a live task; whoever works on it hears it within a second or two. */
  async cancel(taskId: string, actor: Actor): Promise<TaskDto> {
    await this.find(taskId);
    return this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      if (task.status === 'cancelled') return toTaskDto(task);
      const { jobName, jobId, status } = task;
      await this.store.move(tx, task, 'cancelled', {}, { by: actor.name });
      await auditMove(tx.manager, actor, 'task.cancel', taskId, status, 'cancelled');
      if (jobName && jobId) tx.afterCommit(() => this.queue.remove(jobName, jobId));
      return toTaskDto(task);
    });
  }

  /** Takes a failed or cancelled task up again where its finished steps end. */
  async retry(taskId: string, actor: Actor): Promise<TaskDto> {
    await this.find(taskId);
    return this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      if (!RETRYABLE_STATUSES.includes(task.status))
        throw new AppError(
          'conflict',
          'TASK_NOT_RETRYABLE',
          `Task ${taskId}: expected one that has failed or was cancelled, got ${task.status}.`,
          { taskId, status: task.status },
        );
      const answered = await tx.manager.existsBy(OrientationAnswerEntity, { taskId });
      const to = statusForRetry(await this.store.finishedSteps(tx.manager, taskId), answered);
      await auditMove(tx.manager, actor, 'task.retry', taskId, task.status, to);
      await this.store.move(tx, task, to, { error: null }, { by: actor.name, retry: true });
      return toTaskDto(task);
    });
  }

  /** Makes sure that a task goes on: retries an ended one, wakes one that nobody works on; else changes nothing. */
  async resume(taskId: string, actor: Actor): Promise<TaskDto> {
    const task = await this.find(taskId);
    if (RETRYABLE_STATUSES.includes(task.status)) return this.retry(taskId, actor);
    if (hasWork(task)) await this.wake(taskId);
    return toTaskDto(await this.find(taskId));
  }

  /** Gives a task in a working state a new job when its own is lost. Returns whether it did. */
  async wake(taskId: string, holderIsGone: (owner: string) => boolean = () => false): Promise<boolean> {
    return this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      if (!hasWork(task)) return false;
      const gone = task.leaseOwner !== null && holderIsGone(task.leaseOwner);
      if (!gone && (await heldForMs(tx.manager, TaskEntity, taskId)) > 0) return false;
      const queued =
        task.jobName !== null && task.jobId !== null && (await this.queue.isLive(task.jobName, task.jobId));
      if (queued && !gone) return false;
      await this.store.scheduleNext(tx, task);
      await this.store.appendEvent(tx, taskId, 'log', {
        level: 'info',
        message: 'Taken up again after an interruption',
      });
      return true;
    });
  }

  /** The whole id of a task named by its first characters, as people type it. @throws AppError `TASK_UNKNOWN` */
  async resolveId(prefix: string): Promise<string> {
    if (!/^[0-9a-f-]{4,36}$/.test(prefix)) throw taskUnknown(prefix);
    const found = await this.dataSource.manager
      .createQueryBuilder(TaskEntity, 'task')
      .select('task.id')
      .where('task.id::text LIKE :pattern', { pattern: `${prefix}%` })
      .take(2)
      .getMany();
    if (found.length === 1) return (await this.find(found[0]!.id)).id;
    if (found.length === 0) throw taskUnknown(prefix);
    throw badInput(
      'TASK_AMBIGUOUS',
      `Expected an id that starts one task, got ${prefix}: several start so; add characters.`,
    );
  }

  /** @throws AppError `TASK_UNKNOWN` */
  async find(taskId: string): Promise<TaskEntity> {
    const task = isTaskId(taskId) ? await this.dataSource.manager.findOneBy(TaskEntity, { id: taskId }) : null;
    // What lies outside of somebody's scope is not there for them.
    if (!task || !isInScope(task)) throw taskUnknown(taskId);
    return task;
  }

  private async assertRoom(): Promise<void> {
    const waiting = await this.dataSource.manager.countBy(TaskEntity, { status: 'pending' });
    const { waitingTasks } = this.checks;
    if (waiting >= waitingTasks)
      throw new AppError(
        'tooMany',
        'TOO_MANY_TASKS',
        `Expected fewer than ${waitingTasks} tasks in line (limits.waitingTasks), got ${waiting}; try again when some are done.`,
        { waiting, waitingTasks },
      );
  }
}

function auditMove(
  manager: EntityManager,
  actor: Actor,
  action: string,
  taskId: string,
  from: TaskStatus,
  to: TaskStatus,
): Promise<void> {
  return writeAudit(manager, actor, {
    action,
    target: `task:${taskId}`,
    before: { status: from },
    after: { status: to },
  });
}

/** `training_<YYYYMMDD_HHMMSS>_<short id>`, in UTC. */
export function runFolderName(at: Date, taskId: string): string {
  const digits = at.toISOString().replace(/\D/g, '');
  return `training_${digits.slice(0, 8)}_${digits.slice(8, 14)}_${taskId.slice(0, 8)}`;
}
