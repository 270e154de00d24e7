import { readFile } from 'node:fs/promises';
import { AppError, digitsBelow } from '../common/index.js';
import { RunFolder, type SplitCertificate } from '../dataset/index.js';
import type { TaskDetailDto } from '../modules/tasks/index.js';
import type { EvaluationSummary } from '../training/evaluation/index.js';
import type { Output } from './output.js';
import { percent } from './percent.js';
import { formatDuration, STEP_TITLES } from './task-view.js';

/** What a finished task came to: figures, where everything lies, and how long each step took. */
export async function printResults(output: Output, task: TaskDetailDto): Promise<void> {
  const folder = new RunFolder(task.run_folder);
  const { readSummary } = await import('../training/evaluation/index.js');
  // Where everything lies is told also of a run whose figures cannot be read.
  const summary = await readSummary(folder.summaryReport).catch((error: unknown) => {
    if (error instanceof AppError) return error;
    throw error;
  });
  const unreadable = summary instanceof AppError;
  const certificate = JSON.parse(await readFile(folder.splitCertificate, 'utf8')) as SplitCertificate;
  output.event({ type: 'result', task, ...(unreadable ? { summary: null, problem: summary.message } : { summary }) });
  output.line(`\nDone: ${task.run_folder}`);
  output.line();
  if (unreadable) output.line(`  no figures: ${summary.message}`);
  else output.table(figureRows(summary, certificate), '  ');
  output.line();
  output.table(
    [
      ['model', folder.bestOnnx],
      ['golden samples', folder.goldenSamples],
      ['results', folder.results],
      ['set aside', folder.rejectedCsv],
      ['summary', folder.summaryReport],
    ],
    '  ',
  );
  output.line(`\n  ${stepTimes(task)}`);
  for (const note of unreadable ? [] : summary.notes) output.line(`  note: ${note}`);
}

/** The figures of an evaluation, each with its interval where it has one. */
export function figureRows(
  { accuracy, retrieval, data }: EvaluationSummary,
  certificate: SplitCertificate,
): string[][] {
  const { all, originals, rotated } = accuracy;
  return [
    [
      'split',
      `${certificate.groups.train} sources train, ${certificate.groups.val} validate, ${certificate.crossSplitEdges} cross-split edges`,
    ],
    ['images', `${data.train.images} train, ${data.val.images} validate (${data.val.ng} of them NG)`],
    ['accuracy', `${share(all.accuracy)}; originals ${share(originals.accuracy)}, rotated ${share(rotated.accuracy)}`],
    [
      'P@1',
      `${share(retrieval.all.precisionAt1)}; originals ${share(retrieval.originals.precisionAt1)}, rotated ${share(retrieval.rotated.precisionAt1)}`,
    ],
    [
      'MAP@R',
      `${share(retrieval.all.mapAtR)}; originals ${share(retrieval.originals.mapAtR)}, rotated ${share(retrieval.rotated.mapAtR)}`,
    ],
    ['escapes', rate(all.rates.escape, 'NG images passed')],
    ['overkill', rate(all.rates.overkill, 'good images rejected')],
  ];
}

type Figure = EvaluationSummary['accuracy']['all']['accuracy'];
type Rate = EvaluationSummary['accuracy']['all']['rates']['escape'];

function share({ value, interval }: Figure): string {
  if (value === null) return 'none to be had';
  const range = interval === null ? '' : ` (${fraction(interval.low, 3)}..${fraction(interval.high, 3)})`;
  return `${fraction(value, 4)}${range}`;
}

/** Only the whole reads 1.0000. */
function fraction(share: number, digits: number): string {
  return share.toFixed(digitsBelow(1, share, digits));
}

function rate({ seen, wrong, rate: value, interval }: Rate, what: string): string {
  if (value === null) return 'none seen, so nothing can be said';
  const range = interval === null ? '' : `, ${percent(interval.low)}..${percent(interval.high)}`;
  return `${wrong} of ${seen} ${what} (${percent(value)}${range})`;
}

export function stepTimes(task: TaskDetailDto): string {
  return task.steps
    .map(({ name, duration_ms: ms }) => `${STEP_TITLES[name].toLowerCase()} ${ms === null ? '-' : formatDuration(ms)}`)
    .join(', ');
}
