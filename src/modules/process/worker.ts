import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CleanupTimer } from '../maintenance/cleanup-timer.js';
import { PoolReconciler } from '../image-pool/pool-reconciler.js';
import { isGoneHere, Reconciler } from '../pipeline/reconciler.js';
import { WorkerRunner } from '../pipeline/worker-runner.js';
import type { WorkerOptions } from '../settings/service-options.js';
import { CoreModule } from './core.module.js';
import { NestLogger } from './nest-logger.js';
import { openPlatform } from './platform.js';
import type { Running } from './process-lifecycle.js';

/** See `startWorker` of src/worker.ts. */
export async function openWorker(options: WorkerOptions, module: Type): Promise<Running> {
  const platform = await openPlatform(options);
  try {
    const app = await NestFactory.createApplicationContext(
      { module: class WorkerRoot {}, imports: [CoreModule.for(platform), module] },
      { logger: new NestLogger(platform.logger), abortOnError: false },
    );
    await app.get(WorkerRunner).start(options.queues, options.concurrency);
    await app.get(Reconciler).start();
    app.get(CleanupTimer).start();
    await app.get(PoolReconciler).start(isGoneHere);
    let stopped: Promise<void> | null = null;
    const stop = async (): Promise<void> => {
      await app.close();
      await platform.close();
    };
    return { stop: () => (stopped ??= stop()) };
  } catch (error) {
    await platform.close();
    throw error;
  }
}
