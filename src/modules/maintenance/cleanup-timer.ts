import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { CleanupService } from './cleanup.service.js';

/** Cleans up at start and every `retention.checkEveryMinutes`, in workers; one of them at a time. */
@Injectable()
export class CleanupTimer implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly cleanup: CleanupService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  start(): void {
    const round = (): void => {
      this.work = this.work.then(() => this.cleanup.cleanUpOnSchedule());
    };
    round();
    this.timer = setInterval(round, this.config.retention.checkEveryMinutes * 60_000);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.work;
  }
}
