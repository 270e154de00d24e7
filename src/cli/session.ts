import { userInfo } from 'node:os';
import { AppError, badInput } from '../common/index.js';
import type { RunningService } from '../main.js';
import type { Actor } from '../modules/tasks/index.js';
import type { CommandContext } from './program.js';

export interface SessionSpec {
  /** True when this process shall do the work of tasks and show the confirmation page. */
  readonly works: boolean;
  /** Port of the page; 0 takes a free one. */
  readonly port?: number;
  /** Show the service's own log on stderr. */
  readonly verbose?: boolean;
}

/** Polarline opened for one command. */
export interface Session extends Pick<
  RunningService,
  | 'tasks'
  | 'orientation'
  | 'inputCheck'
  | 'users'
  | 'keys'
  | 'cleanup'
  | 'downloads'
  | 'images'
  | 'feed'
  | 'newestEventId'
> {
  readonly actor: Actor;
  /** Address of a page of this session. */
  pageUrl(path: string): string;
}

const SHORTEST_PREFIX = 4;
const FULL_ID_LENGTH = 36;

/** Opens database, queue and, if it works, worker and page; gives all of it back whatever happens. */
export async function withSession<T>(
  spec: SessionSpec,
  { output }: CommandContext,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  // The service is a second's worth of loading, which --help and usage errors do without.
  const { startService } = await import('../main.js');
  const service = await startService({
    http: spec.works,
    worker: spec.works ? 'child' : 'none',
    overrides: [
      `server.port=${spec.port ?? 0}`,
      // What concerns the person comes as events of the task; the log would say it twice.
      `logging.level=${spec.verbose === true ? 'info' : 'silent'}`,
    ],
  });
  try {
    return await work({
      tasks: service.tasks,
      orientation: service.orientation,
      inputCheck: service.inputCheck,
      users: service.users,
      keys: service.keys,
      downloads: service.downloads,
      images: service.images,
      cleanup: service.cleanup,
      feed: service.feed,
      newestEventId: service.newestEventId,
      actor: terminalActor(),
      pageUrl: (path) => new URL(path, service.url ?? 'http://127.0.0.1').href,
    });
  } finally {
    output.endProgress();
    await service.stop();
  }
}

/** The full id of a task named by its id or the first characters of it. */
export async function findTaskId({ tasks }: Pick<Session, 'tasks'>, given: string): Promise<string> {
  const prefix = given.toLowerCase();
  if (prefix.length >= FULL_ID_LENGTH) return (await tasks.get(prefix)).task_id;
  if (prefix.length < SHORTEST_PREFIX || !/^[0-9a-f-]+$/.test(prefix))
    throw badInput(
      'TASK_ID_INVALID',
      `Expected the id of a task or at least its first ${SHORTEST_PREFIX} characters, got "${given}"; polarline list shows them.`,
    );
  const page = await tasks.list({ text: prefix, limit: 500 });
  const found = page.tasks.filter((task) => task.task_id.startsWith(prefix));
  if (found.length === 1) return found[0]!.task_id;
  if (found.length === 0)
    throw new AppError('notFound', 'TASK_UNKNOWN', `There is no task ${given}; polarline list shows all.`, {
      taskId: given,
    });
  throw badInput(
    'TASK_ID_AMBIGUOUS',
    `"${given}" fits ${found.length} tasks: ${found.map((task) => task.task_id).join(', ')}; give more characters.`,
  );
}

function terminalActor(): Actor {
  return { name: `cli:${userName()}`, from: 'terminal' };
}

/** A user id without an entry in the user database, as containers have, has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
