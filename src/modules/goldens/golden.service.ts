import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError } from '../../common/index.js';
import { readManifest, RunFolder, type ManifestRow } from '../../dataset/index.js';
import { assertSuitable, isSuitable, type EvaluationSummary } from '../../training/evaluation/index.js';
import { findGolden, readGoldenSet, type GoldenSample, type GoldenSet } from '../../training/golden-samples/index.js';
import { writeAudit } from '../audit/write-audit.js';
import type { Actor } from '../tasks/actor.js';
import { TaskService } from '../tasks/task.service.js';
import { TaskStore } from '../tasks/task-store.js';
import type { TaskEntity } from '../tasks/task.entity.js';
import { runPicturePath } from '../thumbnails/index.js';
import { GoldenChangeEntity, type GoldenFigures } from './golden-change.entity.js';
import { figuresOf } from './golden-changes.js';
import type { GoldenCandidatesDto, GoldenChangeDto, GoldenDto, GoldenSetDto } from './golden-dto.js';

export interface SwapRequest {
  readonly golden: string;
  /** Path in the manifest; null goes back to Polarline's own choice. */
  readonly image: string | null;
  readonly reason: string;
}

/** The golden samples of a completed task, and a person's say in them. */
@Injectable()
export class GoldenService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: TaskStore,
    private readonly tasks: TaskService,
  ) {}

  /** @throws AppError `TASK_NOT_COMPLETED` (conflict) */
  async view(taskId: string): Promise<GoldenSetDto> {
    const task = await this.completed(taskId);
    const [set, changes, figures] = await Promise.all([
      goldenSetOf(task),
      this.changesOf(this.dataSource.manager, taskId),
      readFigures(task),
    ]);
    const queued = new Map(changes.filter(({ status }) => status === 'queued').map((row) => [row.goldenId, row]));
    return {
      task_id: taskId,
      evaluation: task.jobName === null ? 'current' : task.leaseOwner === null ? 'queued' : 'running',
      figures,
      goldens: set.goldens.map((golden) => toGoldenDto(taskId, golden, queued.get(golden.id))),
      history: changes.map((row) => toChangeDto(row, changes)).reverse(),
      can_undo: lastUndoable(changes) !== undefined,
    };
  }

  /** Images that may take the place of a golden sample. @throws AppError `GOLDEN_UNKNOWN` */
  async candidates(taskId: string, goldenId: string, limit: number, offset: number): Promise<GoldenCandidatesDto> {
    const task = await this.completed(taskId);
    const set = await goldenSetOf(task);
    const golden = findGolden(set, goldenId);
    const fitting: ManifestRow[] = [];
    for await (const row of readManifest(new RunFolder(task.runFolder).manifest))
      if (isSuitable(set, golden, row)) fitting.push(row);
    const isCopy = (row: ManifestRow): number => Number(row.rotationCwDeg !== 0);
    fitting.sort((a, b) => isCopy(a) - isCopy(b) || (a.path < b.path ? -1 : 1));
    return {
      task_id: taskId,
      golden: goldenId,
      total: fitting.length,
      limit,
      offset,
      candidates: fitting.slice(offset, offset + limit).map((row) => ({
        image: row.path,
        picture_url: pictureUrl(taskId, row.path),
        source: row.sourcePath,
        rotation_cw_deg: row.rotationCwDeg,
        is_golden: row.path === golden.imagePath,
      })),
    };
  }

  /** The absolute path of a training picture. @throws AppError `PICTURE_UNKNOWN` (notFound) */
  async picturePath(taskId: string, image: string): Promise<string> {
    return runPicturePath(await this.tasks.find(taskId), image, ['dataset/train']);
  }

  /**
   * Notes a person's choice and puts an evaluation with it in line; the task stays completed and its results stand
   * until the new ones take their place. Asking twice for the same is one change.
   * @throws AppError `GOLDEN_UNKNOWN`, `GOLDEN_IMAGE_UNKNOWN`, `GOLDEN_IMAGE_UNSUITABLE`
   */
  async swap(taskId: string, request: SwapRequest, actor: Actor): Promise<GoldenSetDto> {
    const task = await this.completed(taskId);
    const set = await goldenSetOf(task);
    const golden = findGolden(set, request.golden);
    if (request.image !== null) assertSuitable(set, golden.id, request.image, await findRow(task, request.image));
    const figuresBefore = await readFigures(task);
    await this.store.transact(async (tx) => {
      const locked = assertCompleted(await this.store.lock(tx, taskId));
      const changes = await this.changesOf(tx.manager, taskId);
      const before = choiceBefore(golden, changes);
      if (before === request.image) return;
      const row = tx.manager.create(GoldenChangeEntity, {
        taskId,
        goldenId: golden.id,
        imagePath: request.image,
        beforeImagePath: before,
        shownBefore: golden.imagePath,
        reason: request.reason,
        undoes: null,
        changedBy: actor.name,
        changedFrom: actor.from,
        changedAt: new Date(),
        status: 'queued',
        figuresBefore,
      });
      await this.record(tx, locked, row, 'golden.swap', actor);
    });
    return this.view(taskId);
  }

  /** Takes the newest swap back that was not taken back yet. @throws AppError `NOTHING_TO_UNDO` (conflict) */
  async undo(taskId: string, actor: Actor): Promise<GoldenSetDto> {
    const task = await this.completed(taskId);
    const set = await goldenSetOf(task);
    const figuresBefore = await readFigures(task);
    await this.store.transact(async (tx) => {
      const locked = assertCompleted(await this.store.lock(tx, taskId));
      const last = lastUndoable(await this.changesOf(tx.manager, taskId));
      if (last === undefined)
        throw new AppError(
          'conflict',
          'NOTHING_TO_UNDO',
          `Task ${taskId}: expected a swapped golden sample, but none was swapped that is not taken back already.`,
        );
      const row = tx.manager.create(GoldenChangeEntity, {
        taskId,
        goldenId: last.goldenId,
        imagePath: last.beforeImagePath,
        beforeImagePath: last.imagePath,
        shownBefore: findGolden(set, last.goldenId).imagePath,
        reason: `takes back change ${last.id}`,
        undoes: last.id,
        changedBy: actor.name,
        changedFrom: actor.from,
        changedAt: new Date(),
        status: 'queued',
        figuresBefore,
      });
      await this.record(tx, locked, row, 'golden.undo', actor);
    });
    return this.view(taskId);
  }

  private async record(
    tx: Parameters<TaskStore['lock']>[0],
    task: TaskEntity,
    row: GoldenChangeEntity,
    action: string,
    actor: Actor,
  ): Promise<void> {
    const { id } = await tx.manager.save(row);
    await this.store.evaluateAgain(tx, task);
    const change = { golden: row.goldenId, image: row.imagePath };
    await this.store.appendEvent(tx, task.id, 'golden', {
      status: 'queued',
      changes: [Number(id)],
      ...change,
      by: actor.name,
    });
    await writeAudit(tx.manager, actor, {
      action,
      target: `task:${task.id}`,
      before: { golden: row.goldenId, image: row.shownBefore },
      after: { ...change, reason: row.reason },
    });
  }

  private changesOf(manager: EntityManager, taskId: string): Promise<GoldenChangeEntity[]> {
    return manager.find(GoldenChangeEntity, { where: { taskId }, order: { id: 'ASC' } });
  }

  private async completed(taskId: string): Promise<TaskEntity> {
    return assertCompleted(await this.tasks.find(taskId));
  }
}

function assertCompleted(task: TaskEntity): TaskEntity {
  if (task.status === 'completed') return task;
  throw new AppError(
    'conflict',
    'TASK_NOT_COMPLETED',
    `Task ${task.id}: expected one that has completed, got ${task.status}; golden samples are chosen at its end.`,
    { taskId: task.id, status: task.status },
  );
}

async function goldenSetOf(task: TaskEntity): Promise<GoldenSet> {
  return (await readGoldenSet(new RunFolder(task.runFolder).goldenSamples)).set;
}

async function readFigures(task: TaskEntity): Promise<GoldenFigures | null> {
  const text = await readFile(new RunFolder(task.runFolder).summaryReport, 'utf8').catch(() => 'null');
  return figuresOf(JSON.parse(text) as EvaluationSummary | null);
}

async function findRow(task: TaskEntity, imagePath: string): Promise<ManifestRow | undefined> {
  for await (const row of readManifest(new RunFolder(task.runFolder).manifest)) if (row.path === imagePath) return row;
  return undefined;
}

/** A person's choice that holds for a golden sample, or null while it is Polarline's own. */
function choiceBefore(golden: GoldenSample, changes: readonly GoldenChangeEntity[]): string | null {
  const last = changes.findLast(({ goldenId, status }) => goldenId === golden.id && status !== 'failed');
  if (last !== undefined) return last.imagePath;
  return golden.chosenBy === 'person' ? golden.imagePath : null;
}

function lastUndoable(changes: readonly GoldenChangeEntity[]): GoldenChangeEntity | undefined {
  const standing = changes.filter(({ status }) => status !== 'failed');
  const undone = new Set(standing.map(({ undoes }) => undoes));
  return standing.findLast(({ id, undoes }) => undoes === null && !undone.has(id));
}

function pictureUrl(taskId: string, image: string): string {
  return `/training/golden/${taskId}/picture?image=${encodeURIComponent(image)}`;
}

function toGoldenDto(taskId: string, golden: GoldenSample, queued: GoldenChangeEntity | undefined): GoldenDto {
  const { id, role, classKey, orientation, label, imagePath, chosenBy, why, represents, health } = golden;
  return {
    id,
    role,
    class: id.slice(0, id.lastIndexOf('/')),
    ...classKey,
    orientation,
    label,
    image: imagePath,
    picture_url: pictureUrl(taskId, imagePath),
    chosen_by: chosenBy,
    why,
    represents,
    health,
    queued:
      queued === undefined
        ? null
        : {
            image: queued.imagePath,
            picture_url: queued.imagePath === null ? null : pictureUrl(taskId, queued.imagePath),
          },
  };
}

function toChangeDto(row: GoldenChangeEntity, all: readonly GoldenChangeEntity[]): GoldenChangeDto {
  const undoneBy = all.find(({ undoes, status }) => undoes === row.id && status !== 'failed');
  return {
    id: Number(row.id),
    golden: row.goldenId,
    from: row.shownBefore,
    to: row.imagePath,
    reason: row.reason,
    undoes: row.undoes === null ? null : Number(row.undoes),
    undone_by: undoneBy === undefined ? null : Number(undoneBy.id),
    by: row.changedBy,
    at: row.changedAt.toISOString(),
    status: row.status,
    finished_at: row.finishedAt?.toISOString() ?? null,
    error: row.error,
    before: row.figuresBefore,
    after: row.figuresAfter,
  };
}
