import { hostname } from 'node:os';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, In, IsNull, Not } from 'typeorm';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import { WORKING_STATUSES } from '../tasks/task-state.js';
import { TaskEntity } from '../tasks/task.entity.js';
import { TaskService } from '../tasks/task.service.js';

/** A task changed this recently is in somebody's hands. */
const SETTLED_AFTER_MS = 2_000;

/**
 * Repairs what an interruption left between table and queue, at start and on a timer: a task in a working
 * state whose job is lost gets a new one, at once when its worker was a process of this machine that is gone.
 */
@Injectable()
export class Reconciler implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | null = null;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskService,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async start(): Promise<void> {
    await this.reconcile();
    this.timer = setInterval(() => {
      this.work = this.work.then(() => this.reconcile());
    }, this.config.queue.stalledCheckSeconds * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.work;
  }

  /** One round; errors are logged, since the next round tries again. */
  async reconcile(now = new Date()): Promise<void> {
    try {
      const working = await this.dataSource.manager.find(TaskEntity, {
        where: [{ status: In([...WORKING_STATUSES]) }, { status: 'completed', jobName: Not(IsNull()) }],
        select: { id: true, updatedAt: true, leaseOwner: true },
        order: { updatedAt: 'ASC' },
      });
      for (const { id, updatedAt, leaseOwner } of working) {
        const settled = now.getTime() - updatedAt.getTime() > SETTLED_AFTER_MS;
        if (!settled && !(leaseOwner !== null && isGoneHere(leaseOwner))) continue;
        if (await this.tasks.wake(id, isGoneHere))
          this.logger.warn({ taskId: id }, 'Took up a task whose job was lost');
      }
    } catch (error) {
      this.logger.error({ err: error }, 'Looking for lost tasks failed');
    }
  }
}

/** True for a worker of this machine whose process has ended; of others nothing is known. */
export function isGoneHere(owner: string): boolean {
  const [host, pid] = owner.split('/');
  if (host !== hostname() || pid === undefined) return false;
  if (Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
