import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AppError, errorMessage, isUnrecoverable } from '../../common/index.js';
import { APP_CONFIG, LOGGER, WORKER_ID, type AppConfig, type Logger } from '../settings/app-settings.js';
import { LIVE_POOL_DOWNLOADS } from './pool-download-state.js';
import { heldForMs, PoolDownloadStore } from './pool-download-store.js';
import { PoolDownloadEntity } from './pool-download.entity.js';
import { PoolFetcher } from './pool-fetcher.js';

const HEARTBEAT_MS = 1_000;

export interface PoolJob {
  readonly id: string;
  readonly downloadId: string;
  /** False when the queue will not try again after this attempt. */
  readonly retriesLeft: boolean;
}

export type PoolJobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'stale' }
  | { readonly kind: 'held'; readonly untilMs: number }
  | { readonly kind: 'stopped' };

type StopReason = 'cancelled' | 'lost' | 'shutdown';

interface Hold {
  readonly controller: AbortController;
  reason: StopReason | null;
}

/** Does downloads on a worker: one worker at a time holds each, by a lease that a heartbeat renews. */
@Injectable()
export class PoolDownloadRunner {
  private readonly holds = new Set<Hold>();
  private stopping = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: PoolDownloadStore,
    private readonly fetcher: PoolFetcher,
    @Inject(WORKER_ID) private readonly owner: string,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws what went wrong, once it is recorded; the queue decides by it whether to try again. */
  async run(job: PoolJob, signal: AbortSignal): Promise<PoolJobOutcome> {
    const claim = await this.claim(job);
    if (!(claim instanceof PoolDownloadEntity)) return claim;
    const hold: Hold = { controller: new AbortController(), reason: null };
    const onAbort = (): void => stop(hold, 'shutdown');
    if (signal.aborted || this.stopping) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.holds.add(hold);
    const ended = new AbortController();
    const heartbeat = this.beat(claim, hold, ended.signal);
    try {
      await this.fetcher.fetch(claim, hold.controller.signal);
      await this.finish(claim, (tx, row) => this.store.move(tx, row, 'completed'));
      return { kind: 'done' };
    } catch (error) {
      return await this.afterError(claim, job, hold, error);
    } finally {
      ended.abort();
      await heartbeat;
      signal.removeEventListener('abort', onAbort);
      this.holds.delete(hold);
    }
  }

  /** Stops everything at work here and gives it back, so that another worker goes on at once. */
  stopAll(): void {
    this.stopping = true;
    for (const hold of this.holds) stop(hold, 'shutdown');
  }

  private async claim({ id, downloadId }: PoolJob): Promise<PoolDownloadEntity | PoolJobOutcome> {
    return this.store.transact(async (tx) => {
      const row = await tx.manager.findOne(PoolDownloadEntity, {
        where: { id: downloadId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row || row.jobId !== id || !LIVE_POOL_DOWNLOADS.includes(row.status)) return { kind: 'stale' };
      const untilMs = await heldForMs(tx.manager, downloadId);
      if (untilMs > 0 && row.leaseOwner !== this.owner) return { kind: 'held', untilMs };
      row.status = 'running';
      row.fence += 1;
      row.leaseOwner = this.owner;
      row.startedAt ??= new Date();
      row.updatedAt = new Date();
      await tx.manager.save(row);
      await this.renew(row);
      return row;
    });
  }

  private async beat(row: PoolDownloadEntity, hold: Hold, ended: AbortSignal): Promise<void> {
    let renewedAt = Date.now();
    while (!ended.aborted) {
      await sleep(HEARTBEAT_MS, undefined, { signal: ended }).catch(() => undefined);
      if (ended.aborted) return;
      try {
        if (await this.renew(row)) renewedAt = Date.now();
        else {
          const now = await this.store.manager.findOneBy(PoolDownloadEntity, { id: row.id });
          stop(hold, now?.status === 'cancelled' ? 'cancelled' : 'lost');
          return;
        }
      } catch (error) {
        this.logger.warn({ downloadId: row.id, err: error }, 'The lease could not be renewed');
        if (Date.now() - renewedAt > this.config.queue.lockSeconds * 1000) stop(hold, 'lost');
      }
    }
  }

  private async renew({ id, fence }: PoolDownloadEntity): Promise<boolean> {
    const result = await this.dataSource.manager
      .createQueryBuilder()
      .update(PoolDownloadEntity)
      .set({ leaseUntil: () => `clock_timestamp() + make_interval(secs => ${this.config.queue.lockSeconds})` })
      .where('id = :id AND fence = :fence', { id, fence })
      .execute();
    return result.affected === 1;
  }

  private async afterError(
    claim: PoolDownloadEntity,
    job: PoolJob,
    hold: Hold,
    error: unknown,
  ): Promise<PoolJobOutcome> {
    const log = { downloadId: claim.id, err: error };
    if (hold.reason === 'cancelled' || hold.reason === 'lost' || (error as AppError).code === 'DOWNLOAD_LOST')
      return { kind: 'stopped' };
    if (hold.reason === 'shutdown') {
      await this.finish(claim, (tx, row) => this.store.move(tx, row, 'pending'));
      return { kind: 'stopped' };
    }
    const final = isUnrecoverable(error) || !job.retriesLeft;
    this.logger.warn(log, final ? 'A download failed' : 'A download was interrupted and will be tried again');
    await this.finish(claim, async (tx, row) => {
      row.error = toError(error);
      if (final) return this.store.move(tx, row, 'failed');
      row.leaseOwner = null;
      row.leaseUntil = null;
      row.fence += 1;
      await tx.manager.save(row);
    });
    throw error;
  }

  /** Under the row's lock, only while this worker still holds it. */
  private async finish(
    claim: PoolDownloadEntity,
    work: (tx: Parameters<PoolDownloadStore['move']>[0], row: PoolDownloadEntity) => Promise<unknown>,
  ): Promise<void> {
    await this.store.transact(async (tx) => {
      const row = await this.store.lock(tx, claim.id);
      if (row.fence === claim.fence) await work(tx, row);
    });
  }
}

function stop(hold: Hold, reason: StopReason): void {
  if (hold.reason !== null) return;
  hold.reason = reason;
  hold.controller.abort(new Error(`stopped: ${reason}`));
}

function toError(error: unknown): PoolDownloadEntity['error'] {
  if (error instanceof AppError)
    return { kind: error.kind, code: error.code, message: error.message, details: error.details };
  return { kind: 'internal', code: 'INTERNAL', message: errorMessage(error), details: {} };
}
