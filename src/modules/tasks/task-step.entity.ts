import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StepName } from './task-steps.js';

export type StepStatus = 'running' | 'finished' | 'failed' | 'interrupted';

/** One row a step of a task; a finished step is never done again. */
@Entity({ name: 'task_steps' })
export class TaskStepEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @PrimaryColumn({ type: 'text' })
  name: StepName;

  @Column({ type: 'text' })
  status: StepStatus;

  @Column({ type: 'integer' })
  attempt: number;

  @Column({ name: 'started_at', type: 'timestamptz' })
  startedAt: Date;

  /** With duration and result: of the last time it finished, also while a completed task is evaluated again. */
  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ name: 'duration_ms', type: 'integer', nullable: true })
  durationMs: number | null;

  /** A short summary; what is long lies in the run folder. */
  @Column({ type: 'jsonb', nullable: true })
  result: Record<string, unknown> | null;
}
