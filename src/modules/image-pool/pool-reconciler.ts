import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import { PoolDownloadStore } from './pool-download-store.js';

/** Gives downloads that an interruption left without a job a new one, at start and on a timer. */
@Injectable()
export class PoolReconciler implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: PoolDownloadStore,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @param isGone true for a worker of this machine whose process has ended */
  async start(isGone: (owner: string) => boolean): Promise<void> {
    await this.reconcile(isGone);
    this.timer = setInterval(() => {
      this.work = this.work.then(() => this.reconcile(isGone));
    }, this.config.queue.stalledCheckSeconds * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.work;
  }

  private async reconcile(isGone: (owner: string) => boolean): Promise<void> {
    try {
      for (const downloadId of await this.store.reconcile(isGone))
        this.logger.warn({ downloadId }, 'Took up a download whose job was lost');
    } catch (error) {
      this.logger.error({ err: error }, 'Looking for lost downloads failed');
    }
  }
}
