import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { HttpAdapter } from '../http/http-adapter.js';
import { configureHttp, configureRoutes, listen } from '../http/http-server.js';
import { PoolDownloadService, PoolImageService, PoolTrashService } from '../image-pool/index.js';
import { serveOpenApi } from '../openapi/openapi.js';
import { CleanupService } from '../maintenance/cleanup.service.js';
import { OrientationService } from '../orientation/orientation.service.js';
import { InputCheckService } from '../pipeline/input-check.service.js';
import type { ServiceOptions, WorkerOptions } from '../settings/service-options.js';
import { TaskEventFeed } from '../tasks/task-event-feed.js';
import { TaskService } from '../tasks/task.service.js';
import { CoreModule } from './core.module.js';
import { openPlatform, type Platform } from './platform.js';
import { OpenRequests } from './open-requests.js';
import type { Running } from './process-lifecycle.js';
import { NestLogger } from './nest-logger.js';
import { WorkerChild } from './worker-child.js';
import { badInput } from '../../common/index.js';
import { isLoopback } from '../../infra/config/index.js';
import { isInUse } from '../../infra/database/index.js';
import { KeyService } from '../auth/key.service.js';
import { UserService } from '../auth/user.service.js';

/** Polarline at work in this process: what the command line and programs in the same process use. */
export interface RunningService extends Running {
  /** Where pages and REST are served, or null without HTTP. */
  readonly url: string | null;
  readonly config: Platform['config'];
  readonly tasks: TaskService;
  readonly feed: TaskEventFeed;
  readonly orientation: OrientationService;
  readonly inputCheck: InputCheckService;
  readonly users: UserService;
  readonly keys: KeyService;
  readonly cleanup: CleanupService;
  readonly downloads: PoolDownloadService;
  readonly images: PoolImageService;
  readonly imageTrash: PoolTrashService;
  /** Newest event of any task before the worker of this process began: what follows happened in this process's time. */
  readonly newestEventId: number;
  /** Takes no more requests, lets those at work end and steps end or checkpoint, closes everything. Safe to call twice. */
  stop(): Promise<void>;
}

interface Roots {
  readonly module: Type;
  readonly startWorker: (options: WorkerOptions) => Promise<Running>;
}

/** See `startService` of src/main.ts. */
export async function openService(options: ServiceOptions, roots: Roots): Promise<RunningService> {
  const { configPath, overrides, http = true, worker = 'child' } = options;
  const platform = await openPlatform({ configPath, overrides });
  const closers: (() => Promise<void>)[] = [() => platform.close()];
  /** Ends what takes work, from outside or from the queues; all of it at once, and before anything that it needs. */
  const endings: (() => Promise<void>)[] = [];
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    await Promise.all(endings.splice(0).map((end) => end()));
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const stopMs = platform.config.worker.stopSeconds * 1000;
    const requests = new OpenRequests();
    const app = await NestFactory.create<NestExpressApplication>(
      { module: class ServiceRoot {}, imports: [CoreModule.for(platform), roots.module] },
      new HttpAdapter(requests.express()),
      { logger: new NestLogger(platform.logger), bodyParser: false, abortOnError: false },
    );
    closers.push(() => app.close());
    let url: string | null = null;
    if (http) {
      await assertMayListen(platform.config.server.host, app.get(UserService));
      configureHttp(app, platform.config);
      serveOpenApi(app);
      configureRoutes(app);
      url = await listen(app, platform.config);
      endings.push(() => {
        app.get(TaskEventFeed).end();
        return requests.end(app.getHttpServer(), () => isInUse(platform.dataSource), stopMs);
      });
      platform.logger.info({ url }, 'Serving');
    } else await app.init();
    const newestEventId = await app.get(TaskService).newestEventId();
    if (worker === 'child') {
      const child = new WorkerChild({ configPath, overrides }, stopMs, platform.logger);
      endings.push(() => child.stop());
      await child.start();
    } else if (worker === 'inProcess') {
      const running = await roots.startWorker({ configPath, overrides });
      endings.push(() => running.stop());
    }
    return {
      url,
      config: platform.config,
      tasks: app.get(TaskService),
      feed: app.get(TaskEventFeed),
      orientation: app.get(OrientationService),
      inputCheck: app.get(InputCheckService),
      users: app.get(UserService),
      keys: app.get(KeyService),
      cleanup: app.get(CleanupService),
      downloads: app.get(PoolDownloadService),
      images: app.get(PoolImageService),
      imageTrash: app.get(PoolTrashService),
      newestEventId,
      stop: () => (stopped ??= stop()),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Beyond this machine nobody is let in without a name. @throws AppError `ADMIN_REQUIRED` */
async function assertMayListen(host: string, users: UserService): Promise<void> {
  if (isLoopback(host) || (await users.hasAdmin())) return;
  throw badInput(
    'ADMIN_REQUIRED',
    `server.host: expected 127.0.0.1 as long as there is no admin, got ${host}; add one first: polarline user add <name> --role admin.`,
    { host },
  );
}
