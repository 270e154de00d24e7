import { Column, PrimaryColumn } from 'typeorm';
import type { TaskError } from '../tasks/task-error.js';

/** What every row has that workers do, one of them at a time: who asked for it, whose it is, and how it went. */
export abstract class LeasedEntity {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  abstract status: string;

  @Column({ type: 'text' })
  site: string;

  @Column({ name: 'line_id', type: 'text' })
  lineId: string;

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

  /** The one queue job that may work on this row; a job with another id is stale and does nothing. */
  @Column({ name: 'job_id', type: 'text', nullable: true })
  jobId: string | null;

  /** Grows with every job and every claim; whoever writes with an older fence has lost the row. */
  @Column({ type: 'integer' })
  fence: number;

  /** `<host>/<process id>/<random>` of the worker that holds the row. */
  @Column({ name: 'lease_owner', type: 'text', nullable: true })
  leaseOwner: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey: string | null;

  @Column({ name: 'request_digest', type: 'text', nullable: true })
  requestDigest: string | null;
}
