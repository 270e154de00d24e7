import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, MoreThan, type EntityManager } from 'typeorm';
import { AppError, errorMessage } from '../../common/index.js';
import { findTemporaryFiles } from '../../dataset/index.js';
import { pruneThumbnails, removeOwn } from '../../infra/storage/index.js';
import { thumbnailFolder } from '../thumbnails/index.js';
import { removeDiscardedRun } from '../run-folders/discarded-run.js';
import { PoolTrashService } from '../image-pool/pool-trash.service.js';
import { writeAudit } from '../audit/write-audit.js';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { ENDED_STATUSES, hasWork } from '../tasks/task-state.js';
import { TaskEntity } from '../tasks/task.entity.js';
import { findOldArchives } from './old-archives.js';
import { emptyTrash, removeLeftovers, trashTask } from '../run-folders/trash.js';

/** What a round of cleaning removed, or with `dry_run` would remove. */
export interface CleanupDto {
  readonly dry_run: boolean;
  /** Finished tasks whose run folders go to the trash. */
  readonly tasks: readonly { readonly task_id: string; readonly run_folder: string; readonly finished_at: string }[];
  /** Folders removed from the trash for good. */
  readonly trash: readonly { readonly path: string; readonly trashed_at: string }[];
  readonly temporary_files: readonly string[];
  /** Images of the pool removed from its trash for good. */
  readonly pool_images: number;
  readonly thumbnails: number;
  /** Rows. */
  readonly events: number;
  readonly audit_rows: number;
  /** What could not be removed, and why; the next round tries again. */
  readonly problems: readonly string[];
}

interface TrashRow {
  readonly path: string;
  readonly root: string;
  /** Where the run folder was; the same as `path` where it was deleted, and its worker may have made it anew. */
  readonly original_path: string;
  readonly task_id: string;
  readonly trashed_at: Date;
}

/** Spells `PLCL`; with the schema's hash it keeps two processes from cleaning at once. */
const LOCK_KEY = 0x50_4c_43_4c;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TASKS_A_ROUND = 1_000;
/** A worker has let go of a deleted task long before. */
const LEFTOVERS_AFTER_MS = HOUR_MS;
/** How far back run folders are looked through for temporary files. */
const SWEEP_DAYS = 30;
/** A completed task that is evaluated again keeps the day it ended, and has a job. */
const AT_REST = { status: In([...ENDED_STATUSES]), jobName: IsNull() };
const SERVICE: Actor = { name: 'service:retention', from: 'worker' };

/** Does what `retention` of configs.yaml says, and never touches anything but folders of our own naming. */
@Injectable()
export class CleanupService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly poolTrash: PoolTrashService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * One round, one process at a time.
   * @throws AppError `CLEANUP_RUNNING` (conflict) while another process is at it
   */
  async cleanUp(dryRun: boolean, actor: Actor = SERVICE, now = new Date()): Promise<CleanupDto> {
    const runner = this.dataSource.createQueryRunner();
    const lock = [LOCK_KEY, this.config.database.schema];
    try {
      const [row] = (await runner.query('SELECT pg_try_advisory_lock($1, hashtext($2)) AS taken', lock)) as [
        { taken: boolean },
      ];
      if (!row.taken)
        throw new AppError('conflict', 'CLEANUP_RUNNING', 'Another process is cleaning up right now; try again later.');
      try {
        return await this.round(dryRun, actor, now);
      } finally {
        await runner.query('SELECT pg_advisory_unlock($1, hashtext($2))', lock);
      }
    } finally {
      await runner.release();
    }
  }

  /** A round of the timer; `retention.dryRun` only tells. Errors are logged, since the next round tries again. */
  async cleanUpOnSchedule(): Promise<void> {
    try {
      const result = await this.cleanUp(this.config.retention.dryRun);
      const { tasks, trash, temporary_files: files, events, audit_rows: auditRows, problems } = result;
      const { pool_images: images, thumbnails } = result;
      const count =
        tasks.length + trash.length + files.length + images + thumbnails + events + auditRows + problems.length;
      const message = result.dry_run ? 'Would clean up' : 'Cleaned up';
      const figures = {
        tasks: tasks.length,
        trash: trash.length,
        files: files.length,
        images,
        thumbnails,
        events,
        auditRows,
        problems,
      };
      if (count > 0) this.logger.info(figures, message);
    } catch (error) {
      if (error instanceof AppError && error.code === 'CLEANUP_RUNNING') return;
      this.logger.error({ err: error }, 'Cleaning up failed');
    }
  }

  private async round(dryRun: boolean, actor: Actor, now: Date): Promise<CleanupDto> {
    const { retention } = this.config;
    const problems: string[] = [];
    const attempt = async (what: string, work: () => Promise<void>): Promise<boolean> => {
      try {
        if (!dryRun) await work();
        return true;
      } catch (error) {
        problems.push(`${what}: ${errorMessage(error)}`);
        return false;
      }
    };
    const before = (days: number): Date => new Date(now.getTime() - days * DAY_MS);

    const tasks: { task_id: string; run_folder: string; finished_at: string }[] = [];
    for (const task of await this.finishedBefore(retention.finishedTaskDays, before))
      if (await attempt(task.runFolder, () => this.retire(task, actor, now)))
        tasks.push({ task_id: task.id, run_folder: task.runFolder, finished_at: task.finishedAt!.toISOString() });

    const trash: { path: string; trashed_at: string }[] = [];
    for (const row of await this.dataSource.query<TrashRow[]>(
      `SELECT path, root, original_path, task_id, trashed_at FROM trash
        WHERE trashed_at < CASE WHEN path = original_path THEN $2::timestamptz ELSE $1::timestamptz END
        ORDER BY trashed_at LIMIT $3`,
      [before(retention.trashDays), new Date(now.getTime() - LEFTOVERS_AFTER_MS), TASKS_A_ROUND],
    ))
      if (await attempt(row.path, () => this.removeTrash(row, actor)))
        trash.push({ path: row.path, trashed_at: row.trashed_at.toISOString() });

    const temporaryFiles: string[] = [];
    const temporaryBefore = new Date(now.getTime() - retention.temporaryFileHours * HOUR_MS);
    for (const { root, path } of await this.temporaryFiles(temporaryBefore, now))
      if (await attempt(path, () => removeOwn(root, path))) temporaryFiles.push(path);
    for (const { id, runFolder } of await this.discardedRuns(temporaryBefore, now))
      if (await attempt(runFolder, () => this.discard(id))) temporaryFiles.push(runFolder);

    let poolImages = 0;
    await attempt('image pool', async () => {
      poolImages = await this.poolTrash.removeTrashedBefore(before(retention.trashDays));
    });
    if (dryRun) poolImages = await this.poolTrash.countTrashedBefore(before(retention.trashDays));
    const { eventDays, auditDays, thumbnailDays } = retention;
    const prune = (): Promise<number> =>
      thumbnailDays === null
        ? Promise.resolve(0)
        : pruneThumbnails(thumbnailFolder(this.config), before(thumbnailDays), dryRun);
    let thumbnails = dryRun ? await prune() : 0;
    await attempt('thumbnails', async () => void (thumbnails = await prune()));
    const events = eventDays === null ? 0 : await this.removeRows(OLD_EVENTS, before(eventDays), dryRun);
    const auditRows = auditDays === null ? 0 : await this.removeRows(OLD_AUDIT, before(auditDays), dryRun);
    if (!dryRun && events + auditRows + poolImages > 0)
      await writeAudit(this.dataSource.manager, actor, {
        action: 'retention.rows',
        target: 'database',
        after: { events, audit_rows: auditRows, pool_images: poolImages },
      });
    return {
      dry_run: dryRun,
      tasks,
      trash,
      temporary_files: temporaryFiles,
      pool_images: poolImages,
      thumbnails,
      events,
      audit_rows: auditRows,
      problems,
    };
  }

  private async finishedBefore(days: number | null, before: (days: number) => Date): Promise<TaskEntity[]> {
    if (days === null) return [];
    return this.dataSource.manager.find(TaskEntity, {
      where: { ...AT_REST, finishedAt: LessThan(before(days)) },
      order: { finishedAt: 'ASC' },
      take: TASKS_A_ROUND,
    });
  }

  /** Folder, trash row, task row and audit row go together; the folder's move can be repeated. */
  private async retire({ id }: TaskEntity, actor: Actor, now: Date): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      const task = await manager.findOne(TaskEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
      // Somebody may have retried or deleted it in the meantime, or swapped a golden sample.
      if (!task || !ENDED_STATUSES.includes(task.status) || hasWork(task)) return;
      const path = await trashTask(manager, task, now);
      await this.audit(manager, actor, 'retention.task', `task:${id}`, { run_folder: task.runFolder, trash: path });
    });
  }

  private async removeTrash({ path, root, original_path, task_id }: TrashRow, actor: Actor): Promise<void> {
    if (path === original_path) await removeLeftovers({ id: task_id, runFolder: path, outputDir: root });
    else await emptyTrash(root, path);
    await this.dataSource.transaction(async (manager) => {
      await manager.query('DELETE FROM trash WHERE path = $1', [path]);
      await this.audit(manager, actor, 'retention.trash', `folder:${path}`, {});
    });
  }

  /** Of ended tasks alone: those at work may be writing theirs. */
  private async temporaryFiles(before: Date, now: Date): Promise<{ root: string; path: string }[]> {
    const ended = await this.dataSource.manager.find(TaskEntity, {
      where: { ...AT_REST, finishedAt: MoreThan(new Date(now.getTime() - SWEEP_DAYS * DAY_MS)) },
      select: { id: true, runFolder: true },
    });
    const found: { root: string; path: string }[] = [];
    for (const { runFolder } of ended)
      for (const path of await findTemporaryFiles(runFolder, before)) found.push({ root: runFolder, path });
    const archives = join(this.config.storage.dataFolder, 'archives');
    for (const path of await findOldArchives(archives, before)) found.push({ root: archives, path });
    return found;
  }

  /** Run folders of bad input that a kill kept from being removed. */
  private async discardedRuns(before: Date, now: Date): Promise<{ id: string; runFolder: string }[]> {
    const failed = await this.dataSource.query<{ id: string; run_folder: string }[]>(DISCARDED, [
      new Date(now.getTime() - SWEEP_DAYS * DAY_MS),
      before,
    ]);
    return failed
      .map(({ id, run_folder: runFolder }) => ({ id, runFolder }))
      .filter(({ runFolder }) => existsSync(runFolder));
  }

  private async discard(id: string): Promise<void> {
    await this.dataSource.transaction((manager) => removeDiscardedRun(manager, id));
  }

  private async removeRows(condition: string, before: Date, dryRun: boolean): Promise<number> {
    const sql = dryRun
      ? `SELECT count(*) AS n FROM ${condition}`
      : `WITH gone AS (DELETE FROM ${condition} RETURNING 1) SELECT count(*) AS n FROM gone`;
    const [row] = await this.dataSource.query<{ n: string }[]>(sql, [before]);
    return Number(row!.n);
  }

  private audit(manager: EntityManager, actor: Actor, action: string, target: string, after: object): Promise<void> {
    return writeAudit(manager, actor, { action, target, after });
  }
}

/** The states of a task stay; they are its history. */
const OLD_EVENTS = `task_events WHERE kind IN ('progress', 'log', 'step') AND task_id IN (
  SELECT id FROM tasks WHERE status IN ('completed', 'failed', 'cancelled') AND finished_at < $1)`;
const DISCARDED = `SELECT id, run_folder FROM tasks
  WHERE status = 'failed' AND error ->> 'kind' = 'badInput' AND finished_at BETWEEN $1 AND $2
    AND NOT EXISTS (SELECT 1 FROM task_steps WHERE task_id = tasks.id AND status = 'finished')`;
const OLD_AUDIT = 'audit WHERE at < $1';
