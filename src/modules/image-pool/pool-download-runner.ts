import { Inject, Injectable } from '@nestjs/common';
import { isUnrecoverable } from '../../common/index.js';
import { Hold, LeaseLost, Leases, letGo, type JobOutcome, type Transaction } from '../leases/index.js';
import { LOGGER, type Logger } from '../settings/app-settings.js';
import { toTaskError } from '../tasks/task-error.js';
import { LIVE_POOL_DOWNLOADS } from './pool-download-state.js';
import { PoolDownloadStore } from './pool-download-store.js';
import { PoolDownloadEntity } from './pool-download.entity.js';
import { PoolFetcher } from './pool-fetcher.js';

export interface PoolJob {
  readonly id: string;
  readonly downloadId: string;
  /** False when the queue will not try again after this attempt. */
  readonly retriesLeft: boolean;
}

/** Does downloads on a worker: one worker at a time holds each, by a lease. */
@Injectable()
export class PoolDownloadRunner {
  private readonly holds = new Set<Hold>();
  private stopping = false;

  constructor(
    private readonly leases: Leases,
    private readonly store: PoolDownloadStore,
    private readonly fetcher: PoolFetcher,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** @throws what went wrong, once it is recorded; the queue decides by it whether to try again. */
  async run(job: PoolJob, signal: AbortSignal): Promise<JobOutcome> {
    const claim = await this.claim(job);
    if (!(claim instanceof PoolDownloadEntity)) return claim;
    const hold = new Hold(`Download ${claim.id}`, this.leases.leaseMs, () =>
      this.leases.renew(PoolDownloadEntity, claim.id, claim.fence),
    );
    const onAbort = (): void => hold.stop('shutdown');
    if (signal.aborted || this.stopping) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.holds.add(hold);
    hold.startHeartbeat();
    try {
      await this.fetcher.fetch(claim, hold);
      await this.finish(claim, (tx, row) => this.store.move(tx, row, 'completed'));
      return { kind: 'done' };
    } catch (error) {
      return await this.afterError(claim, job, hold, error);
    } finally {
      await hold.endHeartbeat();
      signal.removeEventListener('abort', onAbort);
      this.holds.delete(hold);
    }
  }

  /** Stops everything at work here and gives it back, so that another worker goes on at once. */
  stopAll(): void {
    this.stopping = true;
    for (const hold of this.holds) hold.stop('shutdown');
  }

  private async claim({ id, downloadId }: PoolJob): Promise<PoolDownloadEntity | JobOutcome> {
    return this.store.transact(async (tx) => {
      const row = await tx.manager.findOne(PoolDownloadEntity, {
        where: { id: downloadId },
        lock: { mode: 'pessimistic_write' },
      });
      if (!row || row.jobId !== id || !LIVE_POOL_DOWNLOADS.includes(row.status)) return { kind: 'stale' };
      const untilMs = await this.leases.heldByOtherMs(tx.manager, PoolDownloadEntity, row);
      if (untilMs > 0) return { kind: 'held', untilMs };
      row.status = 'running';
      row.startedAt ??= new Date();
      row.updatedAt = new Date();
      await this.leases.take(tx.manager, PoolDownloadEntity, row);
      return row;
    });
  }

  private async afterError(claim: PoolDownloadEntity, job: PoolJob, hold: Hold, error: unknown): Promise<JobOutcome> {
    const log = { downloadId: claim.id, err: error };
    if (hold.stopReason === 'cancelled' || hold.stopReason === 'lost' || error instanceof LeaseLost)
      return { kind: 'stopped' };
    if (hold.stopReason === 'shutdown') {
      await this.finish(claim, (tx, row) => this.store.move(tx, row, 'pending'));
      return { kind: 'stopped' };
    }
    const final = isUnrecoverable(error) || !job.retriesLeft;
    this.logger.warn(log, final ? 'A download failed' : 'A download was interrupted and will be tried again');
    await this.finish(claim, async (tx, row) => {
      row.error = toTaskError(error);
      if (final) return this.store.move(tx, row, 'failed');
      letGo(row);
      await tx.manager.save(row);
    });
    throw error;
  }

  /** Under the row's lock, only while this worker still holds it. */
  private async finish(
    claim: PoolDownloadEntity,
    work: (tx: Transaction, row: PoolDownloadEntity) => Promise<unknown>,
  ): Promise<void> {
    await this.store.transact(async (tx) => {
      const row = await this.store.lock(tx, claim.id);
      if (row.fence === claim.fence) await work(tx, row);
    });
  }
}
