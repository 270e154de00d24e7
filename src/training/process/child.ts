import { AppError, toErrorWire, type StepContext } from '../../common/index.js';
import type { Job, ToChild, ToParent } from './job.js';
import { runJob } from './run-job.js';

/** The child process of `runInChildProcess`: one job, then it ends; it ends with its parent too. */
const controller = new AbortController();

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
  else void work(message.job);
});
send({ type: 'ready' });

async function work(job: Job): Promise<void> {
  const ctx: StepContext = {
    signal: controller.signal,
    onProgress: (progress) => send({ type: 'progress', progress }),
    log: {
      info: (message, details) => send({ type: 'log', level: 'info', message, details }),
      warn: (message, details) => send({ type: 'log', level: 'warn', message, details }),
    },
  };
  const finish = (message: ToParent): void => send(message, () => process.exit(0));
  try {
    finish({ type: 'result', result: await runJob(job, ctx) });
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
