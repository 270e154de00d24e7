import 'reflect-metadata';
import { openWorker } from './modules/process/worker.js';
import { isMainModule, READY_MESSAGE, untilStopped, type Running } from './modules/process/process-lifecycle.js';
import type { WorkerOptions } from './modules/settings/service-options.js';
import { WorkerModule } from './worker.module.js';

/** Takes jobs from the queues until stopped; serves nothing. */
export async function startWorker(options: WorkerOptions = {}): Promise<Running> {
  return openWorker(options, WorkerModule);
}

if (isMainModule(import.meta.url))
  await untilStopped(async () => {
    const [, , options = '{}'] = process.argv;
    const running = await startWorker(JSON.parse(options) as WorkerOptions);
    process.send?.(READY_MESSAGE);
    return running;
  });
