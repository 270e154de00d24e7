import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { AppError } from '../../common/index.js';
import { isInScope } from '../auth/access-scope.js';
import { heldForMs, letGo, transact, type Transaction } from '../leases/index.js';
import { JobQueue } from '../queue/job-queue.js';
import { isTaskId } from '../tasks/task-filter.js';
import { assertPoolDownloadMove, LIVE_POOL_DOWNLOADS, type PoolDownloadStatus } from './pool-download-state.js';
import { PoolDownloadEntity } from './pool-download.entity.js';

/** A download that changed this recently is in somebody's hands. */
const SETTLED_AFTER_MS = 2_000;
const JOB = 'download';

/** The only writer of download rows: each change under the row's lock, with its job in the same transaction. */
@Injectable()
export class PoolDownloadStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly queue: JobQueue,
  ) {}

  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  async transact<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return transact(this.dataSource, work);
  }

  /** @throws AppError `DOWNLOAD_UNKNOWN`, also for what lies outside of the caller's scope */
  async find(id: string): Promise<PoolDownloadEntity> {
    const found = isTaskId(id) ? await this.manager.findOneBy(PoolDownloadEntity, { id }) : null;
    if (!found || !isInScope(found)) throw downloadUnknown(id);
    return found;
  }

  async lock(tx: Transaction, id: string): Promise<PoolDownloadEntity> {
    const found = await tx.manager.findOne(PoolDownloadEntity, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!found) throw downloadUnknown(id);
    return found;
  }

  /** Moves a locked download on; whoever worked on it until now has lost it, and `pending` gets a new job. */
  async move(
    tx: Transaction,
    download: PoolDownloadEntity,
    to: PoolDownloadStatus,
    change: Partial<PoolDownloadEntity> = {},
  ): Promise<void> {
    assertPoolDownloadMove(download.id, download.status, to);
    const now = new Date();
    Object.assign(download, change, { status: to, updatedAt: now });
    download.finishedAt = LIVE_POOL_DOWNLOADS.includes(to) ? null : now;
    await this.schedule(tx, download);
  }

  /** A new job for a pending download, none for an ended one; saves the row. */
  async schedule(tx: Transaction, download: PoolDownloadEntity): Promise<void> {
    letGo(download);
    // The fence makes the id new each time, so a stale job is told apart.
    download.jobId = download.status === 'pending' ? `${download.id}.${JOB}.${download.fence}` : null;
    await tx.manager.save(download);
    if (download.jobId !== null)
      await this.queue.enqueue(tx, { name: JOB, id: download.jobId, payload: { taskId: download.id } });
  }

  async removeJob(jobId: string): Promise<void> {
    await this.queue.remove(JOB, jobId);
  }

  /**
   * Gives downloads whose worker or job is lost a new job.
   * @param isGone true for a worker of this machine whose process has ended
   * @returns the ids of those taken up again
   */
  async reconcile(isGone: (owner: string) => boolean, now = new Date()): Promise<string[]> {
    const live = await this.manager.find(PoolDownloadEntity, {
      where: { status: In([...LIVE_POOL_DOWNLOADS]) },
      select: { id: true, updatedAt: true, leaseOwner: true },
    });
    const taken: string[] = [];
    for (const { id, updatedAt, leaseOwner } of live) {
      const gone = leaseOwner !== null && isGone(leaseOwner);
      if (!gone && now.getTime() - updatedAt.getTime() < SETTLED_AFTER_MS) continue;
      if (await this.transact((tx) => this.wake(tx, id, isGone))) taken.push(id);
    }
    return taken;
  }

  private async wake(tx: Transaction, id: string, isGone: (owner: string) => boolean): Promise<boolean> {
    const download = await this.lock(tx, id);
    if (!LIVE_POOL_DOWNLOADS.includes(download.status)) return false;
    const gone = download.leaseOwner !== null && isGone(download.leaseOwner);
    if (!gone && (await heldForMs(tx.manager, PoolDownloadEntity, id)) > 0) return false;
    if (!gone && download.jobId !== null && (await this.queue.isLive(JOB, download.jobId))) return false;
    if (download.status === 'running') await this.move(tx, download, 'pending');
    else await this.schedule(tx, download);
    return true;
  }
}

function downloadUnknown(id: string): AppError {
  return new AppError(
    'notFound',
    'DOWNLOAD_UNKNOWN',
    `Expected the id of a download, got ${id.slice(0, 60)}: there is none such.`,
  );
}
