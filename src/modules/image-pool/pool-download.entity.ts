import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskError } from '../tasks/task-error.js';
import type { PoolDownloadStatus } from './pool-download-state.js';

/** An image that a download could not store, and why. */
export interface PoolRefusal {
  readonly file: string;
  readonly reason: string;
}

/** One download of a part's images from its line. The row is the truth; the queue only carries its id. */
@Entity({ name: 'pool_downloads' })
export class PoolDownloadEntity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  status: PoolDownloadStatus;

  @Column({ type: 'text' })
  site: string;

  @Column({ name: 'line_id', type: 'text' })
  lineId: string;

  @Column({ name: 'part_number', type: 'text' })
  partNumber: string;

  /** `YYYY-MM-DD`, both inclusive, by the site's clock. */
  @Column({ name: 'start_date', type: 'date' })
  startDate: string;

  @Column({ name: 'end_date', type: 'date' })
  endDate: string;

  @Column({ name: 'image_limit', type: 'integer', nullable: true })
  imageLimit: number | null;

  /** Images asked for; null until the line's database has answered. */
  @Column({ type: 'integer', nullable: true })
  total: number | null;

  /** Fetched and stored by this download, over all of its attempts. */
  @Column({ type: 'integer', default: 0 })
  stored: number;

  /** In the pool already when the download began. */
  @Column({ type: 'integer', default: 0 })
  known: number;

  @Column({ type: 'integer', default: 0 })
  refused: number;

  /** The first of the refused ones. */
  @Column({ type: 'jsonb', default: [] })
  refusals: PoolRefusal[];

  @Column({ type: 'jsonb', nullable: true })
  error: TaskError | null;

  @Column({ name: 'created_by', type: 'text' })
  createdBy: string;

  @Column({ name: 'created_from', type: 'text' })
  createdFrom: string;

  @Column({ name: 'created_at', type: 'timestamptz' })
  createdAt: Date;

  @Column({ name: 'started_at', type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column({ name: 'job_id', type: 'text', nullable: true })
  jobId: string | null;

  /** Raised with each job and each claim; a write that names an older one is refused. */
  @Column({ type: 'integer', default: 0 })
  fence: number;

  @Column({ name: 'lease_owner', type: 'text', nullable: true })
  leaseOwner: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey: string | null;

  @Column({ name: 'request_digest', type: 'text', nullable: true })
  requestDigest: string | null;
}
