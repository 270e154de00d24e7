import {
  AppError,
  fromErrorWire,
  toErrorWire,
  withPublishGuard,
  type ErrorWire,
  type StepContext,
} from '../../common/index.js';
import type { Job, JobResult, ToChild, ToParent } from './job.js';
import { runJob } from './run-job.js';

/** The child process of `runInChildProcess`: one job, then it ends; it ends with its parent too. */
const controller = new AbortController();
const questions = new Map<number, (error: ErrorWire | null) => void>();
let lastQuestion = 0;

function send(message: ToParent, sent?: () => void): void {
  // A parent that has gone is noticed by `disconnect`; a message to it is lost, not an error.
  if (process.connected) process.send?.(message, undefined, undefined, () => sent?.());
}

// Ctrl-C reaches the whole process group: what happens then is the parent's decision.
process.on('SIGINT', () => undefined);
// Without its parent nobody waits for the result; the training goes on from its checkpoint another time.
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToChild) => {
  if (message.type === 'abort') controller.abort();
  else if (message.type === 'run') void work(message.job, message.guarded === true);
  else questions.get(message.id)?.(message.error);
});
send({ type: 'ready' });

/** The parent knows whether the task is still ours. One that does not answer any more gives no leave. */
async function mayPublish(): Promise<void> {
  const id = ++lastQuestion;
  const error = await new Promise<ErrorWire | null>((resolve) => {
    questions.set(id, resolve);
    send({ type: 'mayPublish', id });
  });
  questions.delete(id);
  if (error !== null) throw fromErrorWire(error);
}

async function work(job: Job, guarded: boolean): Promise<void> {
  const ctx: StepContext = {
    signal: controller.signal,
    onProgress: (progress) => send({ type: 'progress', progress }),
    log: {
      info: (message, details) => send({ type: 'log', level: 'info', message, details }),
      warn: (message, details) => send({ type: 'log', level: 'warn', message, details }),
    },
  };
  const run = (): Promise<JobResult<Job>> => runJob(job, ctx);
  const finish = (message: ToParent): void => send(message, () => process.exit(0));
  try {
    finish({ type: 'result', result: await (guarded ? withPublishGuard(mayPublish, run) : run()) });
  } catch (error) {
    finish({ type: 'error', error: toErrorWire(error instanceof RangeError ? outOfMemory(error) : error) });
  }
}

/** V8 tells of buffers that it cannot allocate by a RangeError. */
function outOfMemory(error: RangeError): Error {
  return /array buffer allocation failed|invalid (typed )?array (buffer )?length/i.test(error.message)
    ? new AppError(
        'badInput',
        'OUT_OF_MEMORY',
        `expected enough memory, got: ${error.message}. Lower data.cacheMiB, training.batchSize or data.imageSizePx.`,
      )
    : error;
}
