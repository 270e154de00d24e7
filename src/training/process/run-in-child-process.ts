import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  AppError,
  currentPublishGuard,
  fromErrorWire,
  StopRequest,
  toErrorWire,
  type StepContext,
} from '../../common/index.js';
import type { Job, JobResult, ToChild, ToParent } from './job.js';

/** How long a child may take to stop by itself after it was asked to, unless a `StopRequest` gives another time. */
const POLITE_STOP_MS = 5_000;
/** Of what a dying child says last, as much is worth reading. */
const STDERR_TAIL_CHARACTERS = 4_000;

/**
 * Does a job in a child process, so that ONNX Runtime (whose runs are synchronous) never blocks the caller, and a
 * crash or memory failure of native code cannot take the caller along. Progress and logs arrive through `ctx`;
 * an AppError crosses with kind, code and details. An abort asks the child to stop (a training keeps a checkpoint)
 * and ends it after 5 s, or the time of a `StopRequest`; if this process dies, the child ends itself. A
 * `withPublishGuard` around this call is asked for the child's files too.
 * @throws what the job threw; the signal's reason when aborted; AppError `PROCESS_DIED` when the child was killed.
 */
export async function runInChildProcess<J extends Job>(job: J, ctx: StepContext): Promise<JobResult<J>> {
  ctx.signal.throwIfAborted();
  const child = fork(childPath(), {
    // Values such as NaN, undefined and typed arrays cross as they are.
    serialization: 'advanced',
    // Flags of this process (a debugger's port, a test runner's modules) are not the child's.
    execArgv: ['--enable-source-maps'],
    // The child's standard output must not mix with machine-readable output of this process.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const stopPolitely = (): void => askToStop(child, graceMsOf(ctx.signal.reason));
  ctx.signal.addEventListener('abort', stopPolitely, { once: true });
  try {
    return (await outcomeOf(child, job, ctx)) as JobResult<J>;
  } catch (error) {
    // Whatever form the stop took on the far side, the caller hears its own reason.
    ctx.signal.throwIfAborted();
    throw error;
  } finally {
    ctx.signal.removeEventListener('abort', stopPolitely);
  }
}

function outcomeOf(child: ChildProcess, job: Job, ctx: StepContext): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let stderrTail = '';
    let outcome: (() => void) | null = null;
    const guard = currentPublishGuard();
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderrTail = (stderrTail + text).slice(-STDERR_TAIL_CHARACTERS);
    });
    child.on('message', (message: ToParent) => {
      switch (message.type) {
        case 'ready':
          return send(child, { type: 'run', job, guarded: guard !== undefined });
        case 'progress':
          return ctx.onProgress(message.progress);
        case 'mayPublish':
          return void Promise.resolve(guard?.()).then(
            () => send(child, { type: 'mayPublish', id: message.id, error: null }),
            (error: unknown) => send(child, { type: 'mayPublish', id: message.id, error: toErrorWire(error) }),
          );
        case 'log':
          return ctx.log[message.level](message.message, message.details);
        case 'result':
          outcome = () => resolve(message.result);
          return;
        case 'error':
          outcome = () => reject(fromErrorWire(message.error));
          return;
      }
    });
    child.once('error', (error) => {
      outcome ??= () => reject(error);
      if (child.pid === undefined) outcome();
    });
    // Settled only once the child has gone, so that nothing of it outlives this call.
    child.once('close', (code, signal) => (outcome ?? (() => reject(died(job, code, signal, stderrTail))))());
  });
}

function graceMsOf(reason: unknown): number {
  return (reason instanceof StopRequest ? reason.graceMs : null) ?? POLITE_STOP_MS;
}

function askToStop(child: ChildProcess, graceMs: number): void {
  send(child, { type: 'abort' });
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  killer.unref();
  child.once('close', () => clearTimeout(killer));
}

function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => undefined);
}

function died(job: Job, code: number | null, signal: NodeJS.Signals | null, stderrTail: string): AppError {
  const how = signal === null ? `it ended with code ${code ?? 'unknown'}` : `it was ended by ${signal}`;
  const memory =
    signal === 'SIGKILL'
      ? ' (perhaps by the system, for want of memory: lower training.batchSize or data.cacheMiB)'
      : '';
  return new AppError(
    'internal',
    'PROCESS_DIED',
    `expected the ${job.kind} process to finish, but ${how}${memory}.${stderrTail === '' ? '' : ` It said last: ${stderrTail.trim()}`}`,
    { kind: job.kind, exitCode: code, signal },
  );
}

/** Sources run by a test runner use the built child. */
function childPath(): string {
  const beside = fileURLToPath(new URL('./child.js', import.meta.url));
  const path = existsSync(beside)
    ? beside
    : fileURLToPath(new URL('../../../dist/training/process/child.js', import.meta.url));
  if (!existsSync(path))
    throw new AppError('internal', 'NOT_BUILT', `expected ${path}. Run \`npm run build\` in the project folder first.`);
  return path;
}
