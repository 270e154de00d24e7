import { readFile, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import type { ReportLanguage } from '../../training/config.js';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import { TaskService } from '../tasks/task.service.js';
import { TaskStore } from '../tasks/task-store.js';
import { ENDED_STATUSES } from '../tasks/task-state.js';
import { TaskEntity } from '../tasks/task.entity.js';
import { ARTEFACT_FILES, ARTEFACT_KINDS, type ArtefactFileKind, type ArtefactKind } from './artefact-kinds.js';
import { ArtefactEntity } from './artefact.entity.js';
import { writeArchive } from './archives.js';
import { TranslatedReports } from './translated-reports.js';
import { writeAudit } from '../audit/write-audit.js';
import { emptyTrash, noteLeftovers, trashTask } from '../run-folders/trash.js';
import type { Actor } from '../tasks/actor.js';

export interface ArtefactDto {
  readonly type: ArtefactKind;
  readonly url: string;
  readonly file: string;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
}

export interface ResultDto {
  readonly task_id: string;
  readonly status: 'completed';
  readonly run_folder: string;
  /** What summary_report.json says. */
  readonly summary: unknown;
  readonly artefacts: readonly ArtefactDto[];
}

/** A file to be sent. */
export interface DownloadFile {
  readonly path: string;
  readonly name: string;
  readonly mediaType: string;
  /** SHA-256 of the content, where it was recorded. */
  readonly sha256: string | null;
}

/** What finished runs left, and how it is removed. */
@Injectable()
export class ResultsService {
  private readonly reports = new TranslatedReports();

  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskService,
    private readonly store: TaskStore,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws AppError `TASK_NOT_COMPLETED` (conflict) */
  async result(taskId: string): Promise<ResultDto> {
    const task = await this.completed(taskId);
    const folder = new RunFolder(task.runFolder);
    const rows = await this.dataSource.manager.find(ArtefactEntity, { where: { taskId }, order: { kind: 'ASC' } });
    const url = (kind: ArtefactKind): string => `/training/download/${taskId}/${kind}`;
    return {
      task_id: taskId,
      status: 'completed',
      run_folder: task.runFolder,
      summary: JSON.parse(await readFile(folder.summaryReport, 'utf8').catch(() => 'null')) as unknown,
      artefacts: ARTEFACT_KINDS.flatMap((kind): ArtefactDto[] => {
        const row = rows.find((one) => one.kind === kind);
        if (row)
          return [
            { type: kind, url: url(kind), file: row.path, size_bytes: Number(row.sizeBytes), sha256: row.sha256 },
          ];
        return kind in ARTEFACT_FILES
          ? []
          : [{ type: kind, url: url(kind), file: `${kind}.zip`, size_bytes: null, sha256: null }];
      }),
    };
  }

  /**
   * @param language of the report; without it, as it is stored
   * @throws AppError (notFound) for a kind that does not exist, or whose file is gone; `REPORT_DATA_MISSING` (conflict)
   */
  async download(taskId: string, kind: string, language?: ReportLanguage): Promise<DownloadFile> {
    if (!ARTEFACT_KINDS.includes(kind as ArtefactKind))
      throw new AppError(
        'notFound',
        'ARTEFACT_UNKNOWN',
        `Expected one of ${ARTEFACT_KINDS.join(', ')}, got ${kind.slice(0, 60)}.`,
        { known: ARTEFACT_KINDS },
      );
    if (language !== undefined && kind !== 'report')
      throw badInput(
        'LANGUAGE_UNSUITABLE',
        `language: expected it for the report alone, got it for ${kind}; leave it out.`,
      );
    const task = await this.completed(taskId);
    const folder = new RunFolder(task.runFolder);
    const prefix = basename(task.runFolder);
    if (!(kind in ARTEFACT_FILES)) return this.archive(task, kind as 'golden_samples' | 'bundle', folder);
    const row = await this.dataSource.manager.findOneBy(ArtefactEntity, { taskId, kind: kind as ArtefactFileKind });
    const path = row && folder.path(...row.path.split('/'));
    if (!path || !(await stat(path).catch(() => null)))
      throw new AppError('notFound', 'ARTEFACT_GONE', `Task ${taskId} has no ${kind} any more; its file was removed.`);
    const { mediaType } = ARTEFACT_FILES[kind as ArtefactFileKind];
    const translated = language && (await this.reports.find(folder, language, this.archiveFolder(taskId)));
    if (translated) return { path: translated, name: `${prefix}_report.${language}.html`, mediaType, sha256: null };
    return { path, name: `${prefix}_${basename(path)}`, mediaType, sha256: row.sha256 };
  }

  /**
   * Removes an ended task from the database, and with `deleteFiles` its own run folder, nothing else. The folder leaves
   * its place in the same transaction: a worker that has not heard of a cancel yet writes nowhere then, and what it
   * makes anew is noted for the clean-up.
   * @throws AppError `TASK_STILL_LIVE` (conflict)
   */
  async delete(taskId: string, deleteFiles: boolean, actor: Actor): Promise<{ deleted_files: boolean }> {
    const { outputDir } = await this.tasks.find(taskId);
    const trash = await this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      if (!ENDED_STATUSES.includes(task.status) || task.jobName !== null)
        throw new AppError(
          'conflict',
          'TASK_STILL_LIVE',
          task.jobName === null
            ? `Task ${taskId}: expected one that has ended, got ${task.status}; cancel it first.`
            : `Task ${taskId}: expected one that nobody works on, but it is being evaluated again; wait for it.`,
          { taskId, status: task.status },
        );
      await writeAudit(tx.manager, actor, {
        action: 'task.delete',
        target: `task:${taskId}`,
        before: { status: task.status, run_folder: task.runFolder },
        after: { deleted_files: deleteFiles },
      });
      if (deleteFiles) {
        const now = new Date();
        await noteLeftovers(tx.manager, task, now);
        return trashTask(tx.manager, task, now);
      }
      await tx.manager.delete(TaskEntity, { id: taskId });
      return null;
    });
    await rm(this.archiveFolder(taskId), { recursive: true, force: true });
    if (trash !== null) await this.emptyNow(outputDir, trash);
    return { deleted_files: deleteFiles };
  }

  /** What cannot be removed now, the clean-up removes when the trash's time is over. */
  private async emptyNow(outputDir: string, trash: string): Promise<void> {
    try {
      await emptyTrash(outputDir, trash);
      await this.dataSource.query('DELETE FROM trash WHERE path = $1', [trash]);
    } catch (error) {
      this.logger.warn({ path: trash, err: error }, 'A deleted run folder is left to the clean-up');
    }
  }

  /** @throws AppError `TASK_UNKNOWN` (notFound), `TASK_NOT_COMPLETED` (conflict) */
  async completed(taskId: string): Promise<TaskEntity> {
    const task = await this.tasks.find(taskId);
    if (task.status !== 'completed')
      throw new AppError(
        'conflict',
        'TASK_NOT_COMPLETED',
        `Task ${taskId}: expected one that has completed, got ${task.status}.`,
        { taskId, status: task.status },
      );
    return task;
  }

  /** Made when first asked for and kept beside the database, so that ranges and ETags hold; new results, new archive. */
  private async archive(task: TaskEntity, kind: 'golden_samples' | 'bundle', folder: RunFolder): Promise<DownloadFile> {
    const summary = await this.dataSource.manager.findOneBy(ArtefactEntity, { taskId: task.id, kind: 'summary' });
    const path = join(this.archiveFolder(task.id), `${kind}_${summary?.sha256.slice(0, 16) ?? 'none'}.zip`);
    if (!(await stat(path).catch(() => null))) await writeArchive(kind, folder, path);
    return { path, name: `${basename(task.runFolder)}_${kind}.zip`, mediaType: 'application/zip', sha256: null };
  }

  private archiveFolder(taskId: string): string {
    return join(this.config.storage.dataFolder, 'archives', taskId);
  }
}
