import { setTimeout as sleep } from 'node:timers/promises';
import { STEP_TITLES } from '../cli/task-view.js';
import type { OrientationSamplesDto } from '../modules/orientation/index.js';
import type { TaskDetailDto } from '../modules/tasks/index.js';
import type { LineSummary } from './line/index.js';
import type { RestClient } from './rest-client.js';

export interface MainJobSpec {
  readonly rest: RestClient;
  readonly line: LineSummary;
  /** Where the run folder is made. */
  readonly runs: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  readonly isAlive: () => boolean;
}

export interface MainJobResult {
  readonly task: TaskDetailDto;
  /** Class -> what was answered at the gate. */
  readonly answers: Readonly<Record<string, string>>;
}

const POLL_MS = 500;

/** Starts a task, answers the gate like the person who knows the line, and waits for the end: all over REST. */
export async function runMainJob(spec: MainJobSpec): Promise<MainJobResult> {
  const { rest, line, say } = spec;
  const { task_id: taskId } = await rest.post<{ task_id: string }>('/training/start', {
    input_dir: line.inputDir,
    output_dir: spec.runs,
    site: line.site,
    line_id: line.lineId,
  });
  await waitFor(spec, taskId, ['pending_orientation']);
  const { classes } = await rest.get<OrientationSamplesDto>(`/orientation/samples/${taskId}`);
  const answers = Object.fromEntries(
    classes.map(({ class: name }) => {
      const answer = line.orientations[name];
      if (answer === undefined) throw new Error(`The gate asks for the class ${name}, which the line does not have.`);
      return [name, answer] as const;
    }),
  );
  await rest.post(`/orientation/confirm/${taskId}`, answers);
  say(`  answered the gate for ${classes.length} classes`);
  return { task: await waitFor(spec, taskId, ['completed']), answers };
}

async function waitFor(
  { rest, say, signal, isAlive }: MainJobSpec,
  taskId: string,
  statuses: readonly string[],
): Promise<TaskDetailDto> {
  let shown = progressOf(await rest.get<TaskDetailDto>(`/training/status/${taskId}`));
  for (;;) {
    if (!isAlive()) throw new Error('The service ended on its own; its log says why.');
    const task = await rest.get<TaskDetailDto>(`/training/status/${taskId}`);
    const now = progressOf(task);
    if (now !== shown) say(now);
    shown = now;
    if (statuses.includes(task.status)) return task;
    if (task.status === 'failed' || task.status === 'cancelled')
      throw new Error(`The task ${task.status}: ${task.error?.message ?? 'no reason given'}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

function progressOf({ current_step: step, latest_epoch: epoch, status }: TaskDetailDto): string {
  if (step === null) return `  ${status}`;
  const epochs = step === 'train' && typeof epoch?.epoch === 'number' ? `, epoch ${epoch.epoch}` : '';
  return `  ${STEP_TITLES[step].toLowerCase()}${epochs}`;
}
