import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../common/index.js';
import { childEnvironment, packageRoot } from '../../infra/config/index.js';
import type { Logger } from '../settings/app-settings.js';
import type { WorkerOptions } from '../settings/service-options.js';
import { READY_MESSAGE, STOP_MESSAGE } from './process-lifecycle.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** A child that ran this long was sound; its next death starts with the short pause again. */
const SOUND_AFTER_MS = 60_000;

/** Keeps one worker process alive: starts it again when it dies, stops it gracefully. */
export class WorkerChild {
  private child: ChildProcess | null = null;
  private stopping = false;
  private supervision: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: WorkerOptions,
    private readonly stopMs: number,
    private readonly logger: Logger,
  ) {}

  /** Resolves when the first child takes jobs. @throws AppError when it cannot be started. */
  async start(): Promise<void> {
    const child = this.fork();
    const ready = await Promise.race([
      waitForMessage(child, READY_MESSAGE).then(() => true),
      once(child, 'exit').then(() => false),
    ]);
    if (!ready)
      throw new AppError(
        'internal',
        'WORKER_NOT_STARTED',
        'The worker process ended before it was ready; see the log.',
      );
    this.supervision = this.supervise(child);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    if (child && child.exitCode === null && child.signalCode === null) {
      if (child.connected) child.send(STOP_MESSAGE);
      const kill = setTimeout(() => child.kill('SIGKILL'), this.stopMs + 5_000);
      await once(child, 'exit');
      clearTimeout(kill);
    }
    await this.supervision;
  }

  private fork(): ChildProcess {
    const entry = join(packageRoot(), 'dist', 'worker.js');
    if (!existsSync(entry))
      throw new AppError(
        'internal',
        'NOT_BUILT',
        `Expected ${entry}; run \`npm run build\` in the project folder first.`,
      );
    this.child = fork(entry, [JSON.stringify(this.options)], {
      env: childEnvironment(),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return this.child;
  }

  private async supervise(first: ChildProcess): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let child = first; ; child = this.fork()) {
      const startedAt = performance.now();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      if (this.stopping) return;
      if (performance.now() - startedAt > SOUND_AFTER_MS) pauseMs = FIRST_PAUSE_MS;
      this.logger.warn(
        { exitCode: child.exitCode, signal: child.signalCode, pauseMs },
        'The worker died; starting it again',
      );
      await sleep(pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
      if (this.stopping) return;
    }
  }
}

function waitForMessage(child: ChildProcess, expected: string): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (message === expected) resolve();
    });
  });
}
