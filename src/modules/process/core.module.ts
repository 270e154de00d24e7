import { Global, Module, type DynamicModule } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { QueueBackend } from '../../infra/queue/index.js';
import { APP_CONFIG, LOGGER, SITES, WORKER_ID } from '../settings/app-settings.js';
import type { Platform } from './platform.js';

/** What each process opened before Nest starts, for every module to inject. */
@Global()
@Module({})
export class CoreModule {
  static for(platform: Platform): DynamicModule {
    const providers = [
      { provide: APP_CONFIG, useValue: platform.config },
      { provide: SITES, useValue: platform.sites },
      { provide: LOGGER, useValue: platform.logger },
      { provide: WORKER_ID, useValue: platform.workerId },
      { provide: DataSource, useValue: platform.dataSource },
      { provide: QueueBackend, useValue: platform.queue },
    ];
    return { module: CoreModule, providers, exports: providers };
  }
}
