import type { Command } from 'commander';
import { badInput } from '../../common/index.js';
// The states alone, without the service around them: this file is loaded for --help too.
import { TASK_STATUSES, type TaskStatus } from '../../modules/tasks/task-state.js';
import { readAnswers } from '../answers-file.js';
import { followToEnd } from '../follow-to-end.js';
import { collect, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';
import { findTaskId, withSession } from '../session.js';
import { nextMove, printTask, printTaskList, shortId } from '../task-view.js';

const TASK_ARGUMENT = ['<task>', 'id of the task, or its first characters'] as const;

interface ListOptions {
  readonly status?: readonly string[];
  readonly site?: string;
  readonly lineId?: string;
  readonly text?: string;
  readonly limit: number;
  readonly offset: number;
}

export const listCommand: CommandSpec = {
  name: 'list',
  define: (command: Command) =>
    command
      .description('list tasks, newest first')
      .option('--status <status>', `only tasks in this state (${TASK_STATUSES.join(', ')}); may be repeated`, collect)
      .option('--site <site>', 'only tasks of this site')
      .option('--line-id <line>', 'only tasks of this line')
      .option('--text <text>', 'only tasks with this text in id, folders, site or line')
      .option('--limit <n>', 'at most so many', wholeNumber, 20)
      .option('--offset <n>', 'leave out the newest n', wholeNumber, 0)
      .addHelpText('after', '\nExample:\n  $ polarline list --status pending_orientation --site HPH'),
  run: async ({ status, ...filter }: ListOptions, _args: readonly string[], context: CommandContext) => {
    const statuses = (status ?? []).map(checkStatus);
    await withSession({ works: false }, context, async ({ tasks }) => {
      const page = await tasks.list({ ...filter, ...(statuses.length === 0 ? {} : { status: statuses }) });
      context.output.document(page);
      printTaskList(context.output, page.tasks, page.total);
    });
  },
};

export const statusCommand: CommandSpec = {
  name: 'status',
  define: (command: Command) =>
    command
      .description('show one task: where it stands, its steps and figures, and what to do next')
      .argument(...TASK_ARGUMENT)
      .addHelpText('after', '\nExample:\n  $ polarline status 3f2a91c0'),
  run: async (_options: object, [id]: readonly string[], context: CommandContext) =>
    withSession({ works: false }, context, async (session) => {
      const task = await session.tasks.get(await findTaskId(session, id!));
      context.output.document(task);
      printTask(context.output, task);
    }),
};

export const confirmCommand: CommandSpec = {
  name: 'confirm',
  define: (command: Command) =>
    command
      .description('answer which way each class of a waiting task points')
      .argument(...TASK_ARGUMENT)
      .argument('<answers>', 'JSON file: {"<class>": "Up" | "Down" | "Left" | "Right" | "skip", …}')
      .option('--resume', 'go on with the task here afterwards')
      .addHelpText(
        'after',
        '\nEvery class of the task must be named. A running polarline serve or worker takes the task from there.\n\nExample:\n  $ polarline confirm 3f2a91c0 answers.json --resume',
      ),
  run: async ({ resume }: { resume?: boolean }, [id, path]: readonly string[], context: CommandContext) => {
    const answers = await readAnswers(path!);
    await withSession({ works: resume === true, port: 0 }, context, async (session) => {
      const taskId = await findTaskId(session, id!);
      const task = await session.orientation.confirm(taskId, answers, session.actor);
      context.output.note(`Answered ${Object.keys(answers).length} classes of task ${shortId(taskId)}.`);
      if (resume === true) {
        await followToEnd(session, taskId, null, context, { afterEventId: session.newestEventId });
        return;
      }
      context.output.document(task);
      context.output.line(
        `To go on here: polarline resume ${shortId(taskId)}; a running polarline serve goes on by itself.`,
      );
    });
  },
};

export const resumeCommand: CommandSpec = {
  name: 'resume',
  define: (command: Command) =>
    command
      .description('go on with a task here: one that was interrupted, waits, failed or was cancelled')
      .argument(...TASK_ARGUMENT)
      .option('--orientations <file>', 'answers for the gate, if the task waits there')
      .option('--port <port>', 'port of the confirmation page (default: a free one)', wholeNumber)
      .addHelpText('after', '\nFinished steps are not done again.\n\nExample:\n  $ polarline resume 3f2a91c0'),
  run: async (
    { orientations, port }: { orientations?: string; port?: number },
    [id]: readonly string[],
    context: CommandContext,
  ) => {
    const answers = orientations === undefined ? null : await readAnswers(orientations);
    await withSession({ works: true, port: port ?? 0 }, context, async (session) => {
      const taskId = await findTaskId(session, id!);
      const task = await session.tasks.resume(taskId, session.actor);
      context.output.event({ type: 'task', task });
      await followToEnd(session, taskId, answers, context, { afterEventId: session.newestEventId });
    });
  },
};

export const cancelCommand: CommandSpec = {
  name: 'cancel',
  define: (command: Command) =>
    command
      .description('stop a task; what it finished so far is kept')
      .argument(...TASK_ARGUMENT)
      .addHelpText('after', '\nExample:\n  $ polarline cancel 3f2a91c0'),
  run: async (_options: object, [id]: readonly string[], context: CommandContext) =>
    withSession({ works: false }, context, async (session) => {
      const task = await session.tasks.cancel(await findTaskId(session, id!), session.actor);
      context.output.document(task);
      context.output.line(`Task ${shortId(task.task_id)} is ${task.status}. ${nextMove(task) ?? ''}`.trimEnd());
    }),
};

function checkStatus(status: string): TaskStatus {
  const known = TASK_STATUSES.find((candidate) => candidate === status);
  if (known !== undefined) return known;
  throw badInput('STATUS_UNKNOWN', `--status: expected one of ${TASK_STATUSES.join(', ')}, got "${status}"`);
}
