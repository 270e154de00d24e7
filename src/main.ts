import 'reflect-metadata';
import { isMainModule, untilStopped } from './modules/process/process-lifecycle.js';
import { openService, type RunningService } from './modules/process/service.js';
import { AppModule } from './app.module.js';
import { startWorker } from './worker.js';
import type { ServiceOptions } from './modules/settings/service-options.js';

export type { RunningService, ServiceOptions };

/**
 * Starts Polarline: database, REST and pages, and a worker beside it.
 * @throws AppError (badInput) for a configuration that cannot be.
 */
export async function startService(options: ServiceOptions = {}): Promise<RunningService> {
  return openService(options, { module: AppModule, startWorker });
}

if (isMainModule(import.meta.url)) await untilStopped(() => startService());
