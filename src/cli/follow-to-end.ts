import { AppError } from '../common/index.js';
import type { TaskDetailDto } from '../modules/tasks/index.js';
import { Interrupted } from './exit-codes.js';
import { TaskFollower, type TaskSource } from './follow-task.js';
import type { CommandContext } from './program.js';
import { printResults } from './result-view.js';
import type { Session } from './session.js';
import { shortId } from './task-view.js';

/**
 * Watches a task that this process works on until it has ended: answers the gate with `answers`, or shows
 * where a person can answer and waits. Prints the results. Events up to `afterEventId` are left out.
 * @throws the task's own error when it failed; Interrupted on Ctrl-C, with how to go on.
 */
export async function followToEnd(
  session: Session,
  taskId: string,
  answers: Readonly<Record<string, unknown>> | null,
  context: CommandContext,
  { afterEventId }: { readonly afterEventId?: number } = {},
): Promise<TaskDetailDto> {
  const { output, signal } = context;
  const follower = new TaskFollower(taskSource(session), taskId, output, signal, afterEventId);
  try {
    let task = await follower.until(['pending_orientation', 'running', 'completed', 'failed', 'cancelled']);
    if (task.status === 'pending_orientation') {
      output.endProgress();
      if (answers === null) await showGate(session, taskId, context);
      else await answerGate(session, taskId, answers, context);
    }
    task = await follower.until(['completed', 'failed', 'cancelled']);
    output.endProgress();
    if (task.status !== 'completed') throw endedBadly(task);
    await printResults(output, task);
    return task;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    throw new Interrupted(await howToGoOn(session, taskId));
  }
}

function taskSource({ tasks, feed }: Session): TaskSource {
  return {
    get: (taskId) => tasks.get(taskId),
    eventsSince: (taskId, afterId) => tasks.eventsSince(taskId, afterId),
    news: (taskId, signal) => feed.news(taskId, signal),
  };
}

async function showGate(session: Session, taskId: string, { output }: CommandContext): Promise<void> {
  const { classes } = await session.orientation.samples(taskId);
  const page = session.pageUrl(`/orientation/${taskId}`);
  output.event({ type: 'gate', task_id: taskId, page, classes });
  output.line(`\nWhich way does each class point? ${classes.length} classes wait for an answer at`);
  output.line(`  ${page}`);
  output.line('\nSample images:');
  for (const { class: folder, samples } of classes) {
    output.line(`  ${folder}`);
    for (const { path } of samples) output.line(`    ${path}`);
  }
  output.line(`\nOr answer from another terminal: polarline confirm ${shortId(taskId)} answers.json`);
  output.line('Waiting. Ctrl-C leaves the task as it is.');
}

async function answerGate(
  session: Session,
  taskId: string,
  answers: Readonly<Record<string, unknown>>,
  { output }: CommandContext,
): Promise<void> {
  try {
    await session.orientation.confirm(taskId, answers, session.actor);
  } catch (error) {
    if (!(error instanceof AppError) || error.kind !== 'badInput') throw error;
    // The images need not be read again for a slip in the answers: the task rests at the gate.
    const advice = `Task ${shortId(taskId)} waits: polarline confirm ${shortId(taskId)} answers.json --resume, or polarline cancel ${shortId(taskId)}.`;
    throw new AppError(error.kind, error.code, `${error.message}\n${advice}`, error.details);
  }
  output.note(`Answered ${Object.keys(answers).length} classes.`);
}

function endedBadly(task: TaskDetailDto): AppError {
  if (task.status === 'cancelled')
    return new AppError('conflict', 'TASK_CANCELLED', `Task ${shortId(task.task_id)} was cancelled.`, {
      taskId: task.task_id,
    });
  const { kind, code, message, details } = task.error ?? {
    kind: 'internal' as const,
    code: 'INTERNAL',
    message: `Task ${task.task_id} failed and left no reason.`,
    details: {},
  };
  return new AppError(kind, code, message, { ...details, taskId: task.task_id });
}

async function howToGoOn(session: Session, taskId: string): Promise<string> {
  const { status } = await session.tasks.get(taskId);
  const id = shortId(taskId);
  if (status === 'pending_orientation')
    return `Interrupted. Task ${id} waits for its orientations. To go on:\n  polarline confirm ${id} answers.json\n  polarline resume ${id}`;
  return `Interrupted. Task ${id} is kept as far as it came. To go on:\n  polarline resume ${id}\nTo give it up:\n  polarline cancel ${id}`;
}
