import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { toErrorWire } from '../common/index.js';
import { runRotationJob } from './rotation-job.js';
import type { RotationReply, RotationRequest } from './rotation-pool.js';

// The threads are the parallelism.
sharp.concurrency(1);

parentPort!.on('message', ({ id, jobs }: RotationRequest) => {
  void answer(id, jobs).then((reply) => parentPort!.postMessage(reply));
});

async function answer(id: number, jobs: RotationRequest['jobs']): Promise<RotationReply> {
  try {
    const sums: Awaited<ReturnType<typeof runRotationJob>>[] = [];
    for (const job of jobs) sums.push(await runRotationJob(job));
    return { id, sums };
  } catch (error) {
    return { id, error: toErrorWire(error), code: (error as NodeJS.ErrnoException).code };
  }
}
