import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { LOGGER, type Logger } from '../settings/app-settings.js';
import type { TaskEventDto } from './task-dto.js';
import { ENDED_STATUSES } from './task-state.js';
import { EVENT_CHANNEL } from './task-store.js';
import { TaskService } from './task.service.js';

/** Notifications may be lost with their connection; then events come this late at most. */
const POLL_MS = 2_000;
const RECONNECT_MS = 1_000;
const BATCH = 500;
const CHANGES_EVERY_MS = 1_000;
/** News of whichever task; no task has this id. */
const ANY_TASK = 'any task';

interface NotifyingClient {
  on(event: 'notification', listener: (message: { payload?: string }) => void): void;
  on(event: 'end' | 'error', listener: () => void): void;
}

/** Events of a task as they happen, in whichever process they happen. One database connection serves all listeners. */
@Injectable()
export class TaskEventFeed implements OnApplicationShutdown {
  private readonly listeners = new EventEmitter().setMaxListeners(0);
  private readonly closed = new AbortController();
  private listening: Promise<void> | null = null;

  constructor(
    private readonly dataSource: DataSource,
    private readonly tasks: TaskService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Yields batches of events after `afterId`, waiting for more until the task has ended, `signal` aborts or the
   * program stops. Nothing is missed or doubled. An empty batch is a sign of life, every few seconds.
   */
  async *follow(taskId: string, afterId: number, signal: AbortSignal): AsyncGenerator<readonly TaskEventDto[]> {
    const stop = AbortSignal.any([signal, this.closed.signal]);
    let last = afterId;
    while (!stop.aborted) {
      const pause = this.news(taskId, stop);
      // The state is read before the events: whatever led to it is then among them.
      const { status, jobName } = await this.tasks.find(taskId);
      const events = await this.tasks.eventsSince(taskId, last, BATCH);
      yield events;
      last = events.at(-1)?.id ?? last;
      if (events.length === BATCH) continue;
      if (ENDED_STATUSES.includes(status) && jobName === null) return;
      await pause;
    }
  }

  /** True when any task has changed, at most once a second; false is a sign of life, every few seconds. */
  async *changes(signal: AbortSignal): AsyncGenerator<boolean> {
    const stop = AbortSignal.any([signal, this.closed.signal]);
    let changed = false;
    const onNews = (): void => void (changed = true);
    this.listeners.on(ANY_TASK, onNews);
    try {
      while (!stop.aborted) {
        await this.news(ANY_TASK, stop);
        await sleep(CHANGES_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
        if (stop.aborted) return;
        yield changed;
        changed = false;
      }
    } finally {
      this.listeners.off(ANY_TASK, onNews);
    }
  }

  /** Ends all that is followed here; tasks go on. */
  end(): void {
    this.closed.abort();
  }

  /** Whether the program stops: what was followed ended for that, not with its task. */
  get hasEnded(): boolean {
    return this.closed.signal.aborted;
  }

  async onApplicationShutdown(): Promise<void> {
    this.end();
    await this.listening;
  }

  /**
   * Resolves with the next news of a task, when `signal` aborts, or after the polling pause; ask before you look.
   * Nothing of a question stays behind: signals live as long as a page is open, or as the program.
   */
  news(taskId: string, signal: AbortSignal): Promise<void> {
    this.listening ??= this.listen();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.listeners.off(taskId, done);
        signal.removeEventListener('abort', done);
        this.closed.signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, POLL_MS);
      this.listeners.on(taskId, done);
      for (const over of [signal, this.closed.signal]) {
        if (over.aborted) return done();
        over.addEventListener('abort', done);
      }
    });
  }

  private tell(taskId: string | undefined): void {
    if (taskId) this.listeners.emit(taskId);
    this.listeners.emit(ANY_TASK);
  }

  /** Listens until the program stops, over broken connections too. */
  private async listen(): Promise<void> {
    while (!this.closed.signal.aborted) {
      const runner = this.dataSource.createQueryRunner();
      try {
        const client = (await runner.connect()) as NotifyingClient;
        const over = new Promise<void>((resolve) => {
          client.on('error', resolve);
          client.on('end', resolve);
          this.closed.signal.addEventListener('abort', () => resolve(), { once: true });
          if (this.closed.signal.aborted) resolve();
        });
        client.on('notification', ({ payload }) => this.tell(payload));
        await runner.query(`LISTEN ${EVENT_CHANNEL}`);
        // What happened while nothing listened was told to nobody.
        for (const task of this.listeners.eventNames()) this.listeners.emit(task);
        await over;
      } catch (error) {
        this.logger.warn({ err: error }, 'Listening for task events failed; polling until it works again');
      } finally {
        await runner.release().catch(() => undefined);
      }
      await sleep(RECONNECT_MS, undefined, { signal: this.closed.signal }).catch(() => undefined);
    }
  }
}
