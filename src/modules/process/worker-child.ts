import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, errorMessage } from '../../common/index.js';
import { childEnvironment, packageRoot } from '../../infra/config/index.js';
import type { Logger } from '../settings/app-settings.js';
import type { WorkerOptions } from '../settings/service-options.js';
import { READY_MESSAGE, STOP_MESSAGE } from './process-lifecycle.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A child that ran this long was sound; its next death starts with the short pause again. */
const SOUND_AFTER_MS = 60_000;

/** How a worker process ended; `err` is why it never began. */
interface WorkerEnd {
  readonly exitCode?: number | null;
  readonly signal?: NodeJS.Signals | null;
  readonly err?: unknown;
}

interface StartedWorker {
  /** Null when not even the attempt was possible. */
  readonly child: ChildProcess | null;
  readonly ended: Promise<WorkerEnd>;
}

/** Keeps one worker process alive: starts it again when it dies or could not be started, stops it gracefully. */
export class WorkerChild {
  private worker: StartedWorker | null = null;
  private readonly stopping = new AbortController();
  private supervision: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: WorkerOptions,
    private readonly stopMs: number,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the first child takes jobs. @throws AppError when it cannot be started. */
  async start(): Promise<void> {
    const worker = this.begin();
    const { child, ended } = worker;
    const end = await (child ? Promise.race([waitForMessage(child, READY_MESSAGE), ended]) : ended);
    if (end?.err instanceof AppError) throw end.err;
    if (end)
      throw new AppError(
        'internal',
        'WORKER_NOT_STARTED',
        end.err === undefined
          ? 'The worker process ended before it was ready; see the log.'
          : `The worker process could not be started: ${errorMessage(end.err)}.`,
        {},
        { cause: end.err },
      );
    this.supervision = this.supervise(worker);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.worker) {
      const { child, ended } = this.worker;
      if (child?.connected) child.send(STOP_MESSAGE);
      const kill = setTimeout(() => child?.kill('SIGKILL'), this.stopMs + 5_000);
      await ended;
      clearTimeout(kill);
    }
    await this.supervision;
  }

  /** Never throws: for want of processes or memory the system refuses by an error, or by an event of the child. */
  private begin(): StartedWorker {
    try {
      const child = this.fork();
      this.worker = { child, ended: endOf(child) };
    } catch (err) {
      this.worker = { child: null, ended: Promise.resolve({ err }) };
    }
    return this.worker;
  }

  private fork(): ChildProcess {
    const entry = join(packageRoot(), 'dist', 'worker.js');
    if (!existsSync(entry))
      throw new AppError(
        'internal',
        'NOT_BUILT',
        `Expected ${entry}; run \`npm run build\` in the project folder first.`,
      );
    return fork(entry, [JSON.stringify(this.options)], {
      env: childEnvironment(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
  }

  private async supervise(first: StartedWorker): Promise<void> {
    const { signal } = this.stopping;
    let pauseMs = FIRST_PAUSE_MS;
    for (let worker = first; ; worker = this.begin()) {
      const startedAt = performance.now();
      const end = await worker.ended;
      if (signal.aborted) return;
      if (performance.now() - startedAt > SOUND_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      const what = end.err === undefined ? 'The worker died; starting it again' : 'The worker could not be started';
      this.logger.warn({ ...end, pauseMs }, what);
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      if (signal.aborted) return;
    }
  }
}

function endOf(child: ChildProcess): Promise<WorkerEnd> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    // Of a process that began, this tells of a message that did not arrive.
    child.on('error', (err) => {
      if (child.pid === undefined) resolve({ err });
    });
  });
}

function waitForMessage(child: ChildProcess, expected: string): Promise<null> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message === expected) resolve(null);
    });
  });
}
