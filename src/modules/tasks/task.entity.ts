import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TrainConfig } from '../../training/config.js';
import type { TaskError } from './task-error.js';
import type { TaskStatus } from './task-state.js';
import type { JobName, StepName } from './task-steps.js';

/** What the steps before the gate counted; each key appears once its step is done. */
export interface TaskCounts {
  readonly scanned?: number;
  readonly readable?: number;
  readonly rejected?: number;
  readonly classified?: number;
  readonly withoutMetadata?: number;
  readonly classes?: number;
}

@Entity({ name: 'tasks' })
export class TaskEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column({ type: 'text' })
  status: TaskStatus;

  @Column({ name: 'current_step', type: 'text', nullable: true })
  currentStep: StepName | null;

  /** 0..1 of the whole; never goes back. */
  @Column({ type: 'double precision' })
  progress: number;

  @Column({ type: 'text' })
  site: string;

  @Column({ name: 'line_id', type: 'text' })
  lineId: string;

  @Column({ name: 'input_dir', type: 'text' })
  inputDir: string;

  @Column({ name: 'output_dir', type: 'text' })
  outputDir: string;

  /** Absolute path of this task's own folder; named at the start, created by the first step. */
  @Column({ name: 'run_folder', type: 'text' })
  runFolder: string;

  /** A CSV export to be read instead of the site's database; null for the site's own source. */
  @Column({ name: 'metadata_csv', type: 'text', nullable: true })
  metadataCsv: string | null;

  /** Fully resolved; a later change of the defaults never touches it. */
  @Column({ type: 'jsonb' })
  config: TrainConfig;

  @Column({ type: 'jsonb' })
  counts: TaskCounts;

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

  @Column({ name: 'confirmed_at', type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ name: 'updated_at', type: 'timestamptz' })
  updatedAt: Date;

  @Column({ name: 'job_name', type: 'text', nullable: true })
  jobName: JobName | null;

  /** The one queue job that may work on this task; a job with another id is stale and does nothing. */
  @Column({ name: 'job_id', type: 'text', nullable: true })
  jobId: string | null;

  /** Grows with every claim; whoever writes with an older fence has lost the task. */
  @Column({ type: 'integer' })
  fence: number;

  /** `<host>/<process id>/<random>` of the worker that holds the task. */
  @Column({ name: 'lease_owner', type: 'text', nullable: true })
  leaseOwner: string | null;

  @Column({ name: 'lease_until', type: 'timestamptz', nullable: true })
  leaseUntil: Date | null;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey: string | null;

  @Column({ name: 'request_digest', type: 'text', nullable: true })
  requestDigest: string | null;
}
