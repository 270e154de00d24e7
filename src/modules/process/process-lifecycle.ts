import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppError, errorMessage } from '../../common/index.js';

/** True when Node was started with this very file, and not when another imports it. */
export function isMainModule(moduleUrl: string): boolean {
  const [, started] = process.argv;
  if (started === undefined) return false;
  try {
    return realpathSync(started) === realpathSync(fileURLToPath(moduleUrl));
  } catch {
    return false;
  }
}

/** Something that runs until it is asked to stop. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * Starts something and keeps the process alive until SIGTERM, SIGINT, or, for a child, until its parent says
 * stop or is gone. Exit code 0 after a clean stop, 2 for bad input, 1 for anything else.
 */
export async function untilStopped(start: () => Promise<Running>): Promise<void> {
  let running: Running;
  try {
    running = await start();
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n`);
    process.exit(error instanceof AppError ? error.exitCode : 1);
  }
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${errorMessage(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  process.on('disconnect', stop);
  process.on('message', (message) => {
    if (message === STOP_MESSAGE) stop();
  });
}

/** What a parent sends its worker child; signals are not to be had on Windows. */
export const STOP_MESSAGE = 'stop';
/** What the child answers once it takes jobs. */
export const READY_MESSAGE = 'ready';
