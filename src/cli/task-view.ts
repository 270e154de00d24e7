import { wholeTime } from '../common/index.js';
import type { TaskDetailDto, TaskDto } from '../modules/tasks/index.js';
import type { Output } from './output.js';

/** What a step is called where people read it. */
export const STEP_TITLES = {
  scan: 'Reading images',
  classify: 'Asking metadata',
  collect: 'Collecting classes',
  samples: 'Choosing samples',
  dataset: 'Building data set',
  train: 'Training',
  evaluate: 'Evaluating',
  summary: 'Summary',
} as const;

/** `1 h 02 min`, `3 min 20 s`, `12.3 s`, `140 ms`. */
export function formatDuration(ms: number): string {
  if (Math.round(ms) < 1000) return `${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `${(tenths / 10).toFixed(1)} s`;
  const { hours, minutes, seconds } = wholeTime(ms / 1000);
  return hours === 0 ? `${minutes} min ${twoDigits(seconds)} s` : `${hours} h ${twoDigits(minutes)} min`;
}

export function printTaskList(output: Output, tasks: readonly TaskDto[], total: number): void {
  if (tasks.length === 0) {
    output.line('No tasks yet. `polarline run --help` says how to start one.');
    return;
  }
  output.table([
    ['TASK', 'STATUS', 'STEP', 'DONE', 'SITE', 'LINE', 'CREATED', 'INPUT'],
    ...tasks.map((task) => [
      shortId(task.task_id),
      task.status,
      task.current_step ?? '-',
      `${Math.round(task.progress * 100)}%`,
      task.site,
      task.line_id,
      localTime(task.created_at),
      task.input_dir,
    ]),
  ]);
  if (total > tasks.length) output.line(`${tasks.length} of ${total} tasks; --limit and --offset show the others.`);
}

export function printTask(output: Output, task: TaskDetailDto): void {
  const { counts } = task;
  const found = [
    [counts.scanned, 'files'],
    [counts.readable, 'readable images'],
    [counts.classified, 'with metadata'],
    [counts.classes, 'classes'],
    [counts.rejected, 'set aside'],
  ].flatMap(([count, what]) => (count === undefined ? [] : [`${count} ${what!}`]));
  output.table([
    ['Task', task.task_id],
    ['Status', `${task.status}, ${Math.round(task.progress * 100)}%`],
    ['Line', `${task.site} ${task.line_id}`],
    ['Input', task.input_dir],
    ['Run folder', task.run_folder],
    ['Created', `${localTime(task.created_at)} by ${task.created_by}`],
    ...(task.finished_at === null ? [] : [['Ended', localTime(task.finished_at)]]),
    ...(found.length === 0 ? [] : [['Found', found.join(', ')]]),
  ]);
  if (task.steps.length > 0) {
    output.line();
    output.table(
      task.steps.map((step) => [
        STEP_TITLES[step.name],
        step.status,
        step.duration_ms === null ? '' : formatDuration(step.duration_ms),
      ]),
      '  ',
    );
  }
  if (task.latest_epoch !== null) output.line(`\nLatest epoch: ${figures(task.latest_epoch)}`);
  if (task.error !== null) output.line(`\n${task.error.code}: ${task.error.message}`);
  const hint = nextMove(task);
  if (hint !== null) output.line(`\n${hint}`);
}

/** What a person can do with a task in its state; null when nothing is to be done. */
export function nextMove(task: TaskDto): string | null {
  const id = shortId(task.task_id);
  switch (task.status) {
    case 'pending_orientation':
      return `It waits for orientations: polarline confirm ${id} answers.json, or the page of polarline resume ${id}.`;
    case 'failed':
    case 'cancelled':
      return `To try again from its last finished step: polarline resume ${id}.`;
    case 'pending':
    case 'running':
      return `If no polarline is working on it: polarline resume ${id}.`;
    case 'completed':
      return null;
  }
}

/** The first part of an id: enough to name a task in any command. */
export function shortId(taskId: string): string {
  return taskId.slice(0, 8);
}

const FIGURE_NAMES: Readonly<Record<string, string>> = {
  trainLoss: 'loss',
  valLoss: 'validation loss',
  valPrecisionAt1: 'P@1',
  valMapAtR: 'MAP@R',
  imagesPerSecond: 'images/s',
};

/** `loss 1.2034, P@1 0.9400`: the known figures first, in their order. */
export function figures(values: Readonly<Record<string, unknown>>): string {
  const rank = (name: string): number => {
    const at = Object.keys(FIGURE_NAMES).indexOf(name);
    return at < 0 ? Infinity : at;
  };
  return Object.entries(values)
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([name, value]) => `${FIGURE_NAMES[name] ?? name} ${formatFigure(value, name)}`)
    .join(', ');
}

export function formatFigure(value: number, name = ''): string {
  if (name === 'imagesPerSecond') return value.toFixed(1);
  return Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 0.01 ? 6 : 4);
}

function localTime(iso: string): string {
  const date = new Date(iso);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
