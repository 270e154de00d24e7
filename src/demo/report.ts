import { readFile } from 'node:fs/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { RunFolder, type SplitCertificate } from '../dataset/index.js';
import type { TaskDetailDto } from '../modules/tasks/index.js';
import { evaluationSummarySchema } from '../training/evaluation/index.js';
import { alignColumns } from '../cli/output.js';
import { figureRows } from '../cli/result-view.js';
import { formatDuration, STEP_TITLES } from '../cli/task-view.js';
import type { ArtefactCheck } from './check-artefacts.js';
import type { LineSummary } from './line/index.js';

export interface DemoOutcome {
  readonly line: LineSummary;
  readonly task: TaskDetailDto;
  /** What was answered at the gate, over REST. */
  readonly answers: Readonly<Record<string, string>>;
  readonly forwards: number;
  readonly checks: readonly ArtefactCheck[];
  /** What the demo itself did, in order. */
  readonly stages: readonly { readonly name: string; readonly ms: number }[];
}

/** Says what the demo did, in the words of someone who shows it to a colleague. */
export async function reportText(outcome: DemoOutcome): Promise<string> {
  const folder = new RunFolder(outcome.task.run_folder);
  const summary = evaluationSummarySchema.parse(JSON.parse(await readFile(folder.summaryReport, 'utf8')));
  const certificate = JSON.parse(await readFile(folder.splitCertificate, 'utf8')) as SplitCertificate;
  const { line, task, answers } = outcome;
  return [
    heading('The line'),
    `${line.okImages} good and ${line.ngImages} defective images of ${line.classes.length} classes, ${line.trouble.length} files that make trouble, in ${line.inputDir}`,
    `Metadata asked through SSH (host key checked), ${outcome.forwards} connections forwarded`,
    heading('Classes found, and the answer given for each'),
    ...indented(
      line.classes.map(({ classKey, placement }) => {
        const name = [classKey.product, classKey.component, classKey.light].join('_');
        return [name, placement.part, answers[name] ?? '-'];
      }),
    ),
    heading('Set aside'),
    ...(await rejectedLines(folder)),
    heading('Split before rotation'),
    ...indented([
      [
        'sources',
        `${certificate.groups.total}: ${certificate.groups.train} to train, ${certificate.groups.val} to validate`,
      ],
      [
        'images',
        `${certificate.images.total}: ${certificate.images.train} to train, ${certificate.images.val} to validate`,
      ],
      ['near-duplicates', `${certificate.nearDuplicates.pairs} pairs kept on one side`],
      ['cross-split edges', String(certificate.crossSplitEdges)],
      ['digest', certificate.digest],
    ]),
    heading('Training'),
    ...(await epochLines(folder)),
    heading('Evaluation, from the exported model'),
    ...indented(figureRows(summary, certificate)),
    heading('Where it lies'),
    ...indented(
      outcome.checks.map(({ what, path, problem }) => [
        problem === null ? 'ok' : 'MISSING',
        what,
        path,
        ...(problem === null ? [] : [problem]),
      ]),
    ),
    heading('Time'),
    ...indented([
      ...outcome.stages.map(({ name, ms }) => [name, formatDuration(ms)]),
      ...task.steps.map(({ name, duration_ms: ms }) => [
        `  ${STEP_TITLES[name].toLowerCase()}`,
        ms === null ? '-' : formatDuration(ms),
      ]),
    ]),
  ].join('\n');
}

async function rejectedLines(folder: RunFolder): Promise<string[]> {
  const rows: Record<string, string>[] = parseCsv(await readFile(folder.rejectedCsv, 'utf8'), { columns: true });
  return indented(rows.map(({ file, code, reason }) => [code!, `${file!}: ${reason!}`]));
}

async function epochLines(folder: RunFolder): Promise<string[]> {
  const rows: Record<string, string>[] = parseCsv(await readFile(folder.metricsCsv, 'utf8'), { columns: true });
  const cell = (text: string | undefined): string =>
    text === undefined || text === '' ? '-' : Number(text).toFixed(4);
  return indented([
    ['epoch', 'loss', 'validation P@1', 'MAP@R'],
    ...rows.map((row) => [row.epoch!, cell(row.train_loss), cell(row.val_precision_at_1), cell(row.val_map_at_r)]),
  ]);
}

function heading(text: string): string {
  return `\n${text}\n${'-'.repeat(text.length)}`;
}

function indented(rows: readonly (readonly string[])[]): string[] {
  return alignColumns(rows).map((line) => `  ${line}`);
}
