import { Column, Entity } from 'typeorm';
import { LeasedEntity } from '../leases/index.js';
import type { TrainConfig } from '../../training/config.js';
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
export class TaskEntity extends LeasedEntity {
  @Column({ type: 'text' })
  status: TaskStatus;

  @Column({ name: 'current_step', type: 'text', nullable: true })
  currentStep: StepName | null;

  /** 0..1 of the whole; never goes back. */
  @Column({ type: 'double precision' })
  progress: number;

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

  @Column({ name: 'confirmed_at', type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  @Column({ name: 'job_name', type: 'text', nullable: true })
  jobName: JobName | null;
}
