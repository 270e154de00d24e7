import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppError } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import {
  compareAnswers,
  readSummary,
  readWorstMistakes,
  type AnswerComparison,
  type EvaluationSummary,
  type WorstMistake,
} from '../../training/evaluation/index.js';
import { TaskService } from '../tasks/task.service.js';
import type { TaskEntity } from '../tasks/task.entity.js';
import { runPicturePath } from '../thumbnails/index.js';
import { ResultsService } from './results.service.js';
import { RunTables, type RunAnswer, type RunDoubt, type RunRejection } from './run-answers.js';

/** Which answers to look at; everything given must hold. */
export interface AnswerFilter {
  readonly trueClass?: string;
  readonly predictedClass?: string;
  readonly product?: string;
  readonly component?: string;
  readonly light?: string;
  readonly onlyWrong?: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface AnswersPage {
  readonly total: number;
  readonly answers: readonly RunAnswer[];
}

/** Files that a task set aside. */
export interface RejectedPage {
  /** False while there is no list: not collected yet, or the run folder is gone. */
  readonly listed: boolean;
  /** Of all reasons, whatever was asked for. */
  readonly byCode: Readonly<Record<string, number>>;
  readonly total: number;
  readonly files: readonly RunRejection[];
}

/** What the evaluation of a completed task found, image by image. */
export interface ResultDetails {
  readonly task: TaskEntity;
  /** Null where summary_report.json cannot be read. */
  readonly summary: EvaluationSummary | null;
  readonly answers: readonly RunAnswer[];
  /** Null for runs evaluated by a release that did not note them. */
  readonly mistakes: readonly WorstMistake[] | null;
  readonly doubts: readonly RunDoubt[];
}

export interface ComparedTasks {
  readonly a: ResultDetails;
  readonly b: ResultDetails;
  /** Null where the two share no validation image. */
  readonly comparison: AnswerComparison | null;
}

/** Reads a completed run's results for people who look at single images. */
@Injectable()
export class ResultDetailsService {
  private readonly tables = new RunTables();

  constructor(
    private readonly tasks: TaskService,
    private readonly results: ResultsService,
  ) {}

  /** @throws AppError `TASK_NOT_COMPLETED` (conflict) */
  async details(taskId: string): Promise<ResultDetails> {
    const task = await this.results.completed(taskId);
    const folder = new RunFolder(task.runFolder);
    const [summary, answers, mistakes, doubts] = await Promise.all([
      readSummary(folder.summaryReport).catch(() => null),
      this.tables.answers(join(folder.results, 'evaluation_results.csv')),
      readWorstMistakes(join(folder.results, 'mistakes.json')),
      this.tables.doubts(join(folder.results, 'label_review.csv')),
    ]);
    return { task, summary, answers, mistakes, doubts };
  }

  /** Answers that fit, the least certain first. */
  async answers(taskId: string, filter: AnswerFilter): Promise<AnswersPage> {
    const task = await this.results.completed(taskId);
    const all = await this.tables.answers(join(new RunFolder(task.runFolder).results, 'evaluation_results.csv'));
    const fitting = all.filter((answer) => fits(answer, filter));
    const doubt = ({ similarity, threshold }: RunAnswer): number => Math.abs(similarity - threshold);
    const sorted = [...fitting].sort((a, b) => Number(a.correct) - Number(b.correct) || doubt(a) - doubt(b));
    return { total: fitting.length, answers: sorted.slice(filter.offset, filter.offset + filter.limit) };
  }

  /** What was set aside, in path order; of one reason if asked for. Of a task in any state. */
  async rejected(
    taskId: string,
    { code, limit, offset }: { readonly code?: string; readonly limit: number; readonly offset: number },
  ): Promise<RejectedPage> {
    const { runFolder } = await this.tasks.find(taskId);
    const all = await this.tables.rejections(new RunFolder(runFolder).rejectedCsv);
    const byCode: Record<string, number> = {};
    for (const row of all ?? []) byCode[row.code] = (byCode[row.code] ?? 0) + 1;
    const fitting = (all ?? []).filter((row) => code === undefined || row.code === code);
    return { listed: all !== null, byCode, total: fitting.length, files: fitting.slice(offset, offset + limit) };
  }

  /** rejected.csv itself. @throws AppError `REJECTED_LIST_MISSING` (notFound) */
  async rejectedCsv(taskId: string): Promise<{ readonly path: string; readonly name: string }> {
    const { runFolder } = await this.tasks.find(taskId);
    const path = new RunFolder(runFolder).rejectedCsv;
    if ((await stat(path).catch(() => null))?.isFile()) return { path, name: `${basename(runFolder)}_rejected.csv` };
    throw new AppError(
      'notFound',
      'REJECTED_LIST_MISSING',
      `Task ${taskId}: expected rejected.csv in its run folder, got none; it is written once the images are collected.`,
      { taskId },
    );
  }

  /** Two completed tasks, and what the images that both have say of them. */
  async compare(idA: string, idB: string): Promise<ComparedTasks> {
    const [a, b] = [await this.details(idA), await this.details(idB)];
    try {
      return { a, b, comparison: await compareAnswers(a.task.runFolder, b.task.runFolder) };
    } catch (error) {
      if (error instanceof AppError && error.code === 'NOTHING_IN_COMMON') return { a, b, comparison: null };
      throw error;
    }
  }

  /** The absolute path of a picture of the data set. @throws AppError `PICTURE_UNKNOWN` (notFound) */
  async picturePath(taskId: string, image: string): Promise<string> {
    return runPicturePath(await this.tasks.find(taskId), image, ['dataset', 'raw_data']);
  }
}

function fits(answer: RunAnswer, filter: AnswerFilter): boolean {
  const same = (wanted: string | undefined, value: string): boolean => wanted === undefined || wanted === value;
  return (
    same(filter.trueClass, answer.trueClass) &&
    same(filter.predictedClass, answer.predictedClass) &&
    same(filter.product, answer.product) &&
    same(filter.component, answer.component) &&
    same(filter.light, answer.light) &&
    !(filter.onlyWrong && answer.correct)
  );
}
