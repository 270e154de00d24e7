import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { classKeyId, imageExtension, RunFolder, type Orientation } from '../../dataset/index.js';
import { currentScope } from '../auth/access-scope.js';
import {
  angleEvidence,
  answersToJson,
  validateAnswers,
  type Answers,
  type MountingAngles,
  type SymmetryOrder,
} from '../../orientation/index.js';
import type { Actor } from '../tasks/actor.js';
import { toTaskDto, type TaskDto } from '../tasks/task-dto.js';
import { TaskStore } from '../tasks/task-store.js';
import { TaskService } from '../tasks/task.service.js';
import type { TaskEntity } from '../tasks/task.entity.js';
import type {
  ClassPicturesDto,
  EarlierAnswerDto,
  OrientationClassDto,
  OrientationDraftDto,
  OrientationSamplesDto,
} from './orientation-dto.js';
import {
  OrientationAnswerEntity,
  OrientationDraftEntity,
  OrientationSampleEntity,
  TaskClassEntity,
} from './orientation.entities.js';
import { writeAudit } from '../audit/write-audit.js';

/** The human gate: what is shown there, and what a person answers. */
@Injectable()
export class OrientationService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: TaskStore,
    private readonly tasks: TaskService,
  ) {}

  /** Classes with their samples, draft and answers. Empty until the samples are chosen. */
  async samples(taskId: string): Promise<OrientationSamplesDto> {
    const task = await this.tasks.find(taskId);
    const { manager } = this.dataSource;
    const [classes, samples, answers, draft] = await Promise.all([
      manager.find(TaskClassEntity, { where: { taskId }, order: { folder: 'ASC' } }),
      manager.find(OrientationSampleEntity, { where: { taskId }, order: { folder: 'ASC', position: 'ASC' } }),
      manager.find(OrientationAnswerEntity, { where: { taskId } }),
      manager.findOneBy(OrientationDraftEntity, { taskId }),
    ]);
    const samplesOf = new Map<string, OrientationSampleEntity[]>();
    for (const sample of samples) samplesOf.set(sample.folder, [...(samplesOf.get(sample.folder) ?? []), sample]);
    const answerOf = new Map(answers.map((row) => [classKeyId(row), answerJson(row)]));
    return {
      task_id: taskId,
      status: task.status,
      classes: classes.map((row): OrientationClassDto => ({
        class: row.folder,
        product: row.product,
        component: row.component,
        light: row.light,
        ok_count: row.okCount,
        ng_count: row.ngCount,
        angles: row.angles,
        samples: (samplesOf.get(row.folder) ?? []).map((sample) => ({
          file: sample.fileName,
          url: `/temp/${taskId}/${encodeURIComponent(row.folder)}/${encodeURIComponent(sample.fileName)}`,
          path: join(task.runFolder, ...sample.path.split('/')),
        })),
        answer: answerOf.get(classKeyId(row)) ?? null,
        draft: draft?.answers[row.folder] ?? null,
      })),
      confirmed_by: answers[0]?.answeredBy ?? null,
      confirmed_at: answers[0]?.answeredAt.toISOString() ?? null,
      draft_saved_by: draft?.savedBy ?? null,
      draft_saved_at: draft?.savedAt.toISOString() ?? null,
    };
  }

  /**
   * Takes the answers, moves the task on and enqueues its next job, all in one transaction.
   * @throws AppError `ANSWERS_INVALID` naming unknown and missing classes; `ALREADY_CONFIRMED` (conflict)
   *   naming who was first; `NOT_AT_THE_GATE` (conflict) in any other state.
   */
  async confirm(taskId: string, answers: unknown, actor: Actor): Promise<TaskDto> {
    await this.tasks.find(taskId);
    return this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      await this.assertAtGate(tx.manager, task);
      const classes = await tx.manager.find(TaskClassEntity, { where: { taskId }, order: { folder: 'ASC' } });
      const checked = validateAnswers(
        classes.map((row) => row.folder),
        answers,
      );
      assertSomethingToTrain(checked);
      const now = new Date();
      const rows = classes.map((row) => toAnswerRow(row, checked, actor, now));
      await tx.manager.insert(OrientationAnswerEntity, rows);
      await tx.manager.delete(OrientationDraftEntity, { taskId });
      await this.store.move(
        tx,
        task,
        'running',
        { confirmedAt: now },
        { by: actor.name, answers: answersToJson(checked) },
      );
      await writeAudit(tx.manager, actor, {
        action: 'gate.confirm',
        target: `task:${taskId}`,
        after: answersToJson(checked),
      });
      return toTaskDto(task);
    });
  }

  /** What has been answered and not confirmed yet, without what the classes are. */
  async draft(taskId: string): Promise<OrientationDraftDto> {
    const task = await this.tasks.find(taskId);
    const { manager } = this.dataSource;
    const [total, draft] = await Promise.all([
      manager.countBy(TaskClassEntity, { taskId }),
      manager.findOneBy(OrientationDraftEntity, { taskId }),
    ]);
    const answers = draft?.answers ?? {};
    return {
      task_id: taskId,
      status: task.status,
      answers,
      answered: Object.keys(answers).length,
      total,
      saved_by: draft?.savedBy ?? null,
      saved_at: draft?.savedAt.toISOString() ?? null,
    };
  }

  /** Keeps partial answers for whoever comes next. Later keys win, null takes one back; the draft of others is kept. */
  async saveDraft(taskId: string, answers: unknown, actor: Actor): Promise<void> {
    await this.tasks.find(taskId);
    await this.store.transact(async (tx) => {
      const task = await this.store.lock(tx, taskId);
      await this.assertAtGate(tx.manager, task);
      const classes = await tx.manager.findBy(TaskClassEntity, { taskId });
      const { kept, takenBack } = splitDraft(answers);
      const checked = validateAnswers(
        classes.map((row) => row.folder),
        kept,
        { missing: 'draft' },
      );
      const draft = await tx.manager.findOneBy(OrientationDraftEntity, { taskId });
      await tx.manager.save(OrientationDraftEntity, {
        taskId,
        answers: without({ ...draft?.answers, ...answersToJson(checked) }, takenBack),
        savedBy: actor.name,
        savedAt: new Date(),
        savedFrom: actor.from,
      });
    });
  }

  /** What the same parts were last answered at this site, for tasks that the caller may see. */
  async earlierAnswers(taskId: string): Promise<EarlierAnswerDto[]> {
    const task = await this.tasks.find(taskId);
    const { lines } = currentScope();
    const rows = await this.dataSource.query<EarlierRow[]>(
      `SELECT DISTINCT ON (own.folder) own.folder, earlier.answer, earlier.symmetry, earlier.answered_by,
          earlier.answered_at, earlier.task_id, tasks.line_id, own.angles AS angles_now, before.angles AS angles_then
        FROM task_classes AS own
        JOIN orientation_answers AS earlier ON earlier.task_id <> own.task_id
          AND (earlier.product, earlier.component, earlier.light) = (own.product, own.component, own.light)
        JOIN tasks ON tasks.id = earlier.task_id
        JOIN task_classes AS before ON before.task_id = earlier.task_id
          AND (before.product, before.component, before.light) = (own.product, own.component, own.light)
        WHERE own.task_id = $1 AND tasks.site = $2 AND ($3::text[] IS NULL OR tasks.line_id = ANY($3))
        ORDER BY own.folder, tasks.line_id <> $4, earlier.answered_at DESC`,
      [taskId, task.site, lines, task.lineId],
    );
    return rows.map(earlierAnswer);
  }

  /** More pictures of one class than its samples. @throws AppError `CLASS_UNKNOWN` */
  async pictures(taskId: string, folder: string, offset: number, limit: number): Promise<ClassPicturesDto> {
    const task = await this.tasks.find(taskId);
    if (!(await this.dataSource.manager.existsBy(TaskClassEntity, { taskId, folder })))
      throw new AppError('notFound', 'CLASS_UNKNOWN', `Task ${taskId} has no class ${folder.slice(0, 200)}.`);
    const files = await readdir(new RunFolder(task.runFolder).path('raw_data', folder)).catch((): string[] => []);
    const images = files.filter((file) => imageExtension(file) !== null).sort();
    return {
      class: folder,
      total: images.length,
      offset,
      pictures: images
        .slice(offset, offset + limit)
        .map((file) => ({ file, url: rawPictureUrl(taskId, folder, file) })),
    };
  }

  /** The absolute path of a sample picture; only chosen samples are ever served. */
  async samplePath(taskId: string, folder: string, fileName: string): Promise<string> {
    const task = await this.tasks.find(taskId);
    const sample = await this.dataSource.manager.findOneBy(OrientationSampleEntity, { taskId, folder, fileName });
    if (!sample)
      throw new AppError(
        'notFound',
        'SAMPLE_UNKNOWN',
        `Expected a sample picture of task ${taskId} as GET /orientation/samples lists it, got ${folder}/${fileName}.`,
      );
    return join(task.runFolder, ...sample.path.split('/'));
  }

  /** Confirmed answers by class folder, as the data set step wants them. */
  async answersByFolder(taskId: string): Promise<Answers> {
    const { manager } = this.dataSource;
    const [classes, answers] = await Promise.all([
      manager.find(TaskClassEntity, { where: { taskId }, order: { folder: 'ASC' } }),
      manager.findBy(OrientationAnswerEntity, { taskId }),
    ]);
    const answerOf = new Map(answers.map((row) => [classKeyId(row), answerJson(row)]));
    const byFolder = Object.fromEntries(classes.map((row) => [row.folder, answerOf.get(classKeyId(row))]));
    return validateAnswers(
      classes.map((row) => row.folder),
      byFolder,
    );
  }

  private async assertAtGate(manager: EntityManager, task: TaskEntity): Promise<void> {
    if (task.status === 'pending_orientation') return;
    const first = await manager.findOneBy(OrientationAnswerEntity, { taskId: task.id });
    if (first)
      throw new AppError(
        'conflict',
        'ALREADY_CONFIRMED',
        `The orientations of task ${task.id} were confirmed by ${first.answeredBy} from ${first.answeredFrom} at ${first.answeredAt.toISOString()}; the first answer stands.`,
        {
          taskId: task.id,
          confirmedBy: first.answeredBy,
          confirmedFrom: first.answeredFrom,
          confirmedAt: first.answeredAt.toISOString(),
        },
      );
    throw new AppError(
      'conflict',
      'NOT_AT_THE_GATE',
      `Task ${task.id}: expected status pending_orientation, got ${task.status}; ` +
        (task.status === 'pending' ? 'wait until its samples are chosen.' : 'it takes no answers any more.'),
      { taskId: task.id, status: task.status },
    );
  }
}

interface EarlierRow {
  readonly folder: string;
  readonly answer: Orientation | 'skip';
  readonly symmetry: SymmetryOrder;
  readonly answered_by: string;
  readonly answered_at: Date;
  readonly task_id: string;
  readonly line_id: string;
  readonly angles_now: MountingAngles | null;
  readonly angles_then: MountingAngles | null;
}

function earlierAnswer(row: EarlierRow): EarlierAnswerDto {
  const { answer, symmetry } = row;
  const angles =
    answer === 'skip' ? null : angleEvidence({ orientation: answer, symmetry }, row.angles_then, row.angles_now);
  return {
    class: row.folder,
    answer: answerJson({ answer, symmetry }),
    task_id: row.task_id,
    line_id: row.line_id,
    by: row.answered_by,
    at: row.answered_at.toISOString(),
    by_angle: angles && {
      then_deg: angles.thenDeg,
      now_deg: angles.nowDeg,
      holds: angles.holds,
      candidates: angles.candidates,
    },
  };
}

/** Address of a picture of a class that is no sample. */
export function rawPictureUrl(taskId: string, folder: string, file: string): string {
  return `/training/picture/${taskId}?image=${encodeURIComponent(`raw_data/${folder}/${file}`)}&size=320`;
}

function assertSomethingToTrain(answers: Answers): void {
  if ([...answers.values()].some((answer) => answer.kind === 'orientation')) return;
  throw badInput(
    'ALL_CLASSES_SKIPPED',
    'answers: expected an orientation for at least one class, got skip for every one; nothing would be left to train on.',
  );
}

function toAnswerRow(row: TaskClassEntity, answers: Answers, actor: Actor, at: Date): OrientationAnswerEntity {
  const answer = answers.get(row.folder)!;
  return {
    taskId: row.taskId,
    product: row.product,
    component: row.component,
    light: row.light,
    answer: answer.kind === 'skip' ? 'skip' : answer.orientation,
    symmetry: answer.kind === 'skip' ? 1 : answer.symmetry,
    answeredBy: actor.name,
    answeredAt: at,
    answeredFrom: actor.from,
  };
}

function answerJson({ answer, symmetry }: Pick<OrientationAnswerEntity, 'answer' | 'symmetry'>): unknown {
  return answer === 'skip' || symmetry === 1 ? answer : { orientation: answer, symmetry };
}

/** Parts a draft into its answers and the classes whose answer was taken back; anything odd is left to the check. */
function splitDraft(answers: unknown): { kept: unknown; takenBack: ReadonlySet<string> } {
  if (typeof answers !== 'object' || answers === null || Array.isArray(answers))
    return { kept: answers, takenBack: new Set() };
  const entries = Object.entries(answers as Record<string, unknown>);
  const takenBack = new Set(entries.flatMap(([name, answer]) => (answer === null ? [name] : [])));
  return { kept: Object.fromEntries(entries.filter(([name]) => !takenBack.has(name))), takenBack };
}

function without(answers: Record<string, unknown>, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(answers).filter(([name]) => !names.has(name)));
}
