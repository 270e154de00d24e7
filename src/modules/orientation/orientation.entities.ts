import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Orientation } from '../../dataset/index.js';
import type { MountingAngles } from '../../orientation/index.js';

/** One inspection class of a task; the key stays structured, the folder name is for people and addresses. */
@Entity({ name: 'task_classes' })
export class TaskClassEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @PrimaryColumn({ type: 'text' })
  folder: string;

  @Column({ type: 'text' })
  product: string;

  @Column({ type: 'text' })
  component: string;

  @Column({ type: 'text' })
  light: string;

  @Column({ name: 'ok_count', type: 'integer' })
  okCount: number;

  @Column({ name: 'ng_count', type: 'integer' })
  ngCount: number;

  /** How many images the metadata gives each mounting angle; null for tasks of an earlier release. */
  @Column({ type: 'jsonb', nullable: true })
  angles: MountingAngles | null;
}

/** The pictures a class is judged by: chosen once per task and kept, so every visitor sees the same. */
@Entity({ name: 'orientation_samples' })
export class OrientationSampleEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @PrimaryColumn({ type: 'text' })
  folder: string;

  @PrimaryColumn({ type: 'integer' })
  position: number;

  /** Name within the class's folder of raw data, and last part of the picture's address. */
  @Column({ name: 'file_name', type: 'text' })
  fileName: string;

  /** Relative to the run folder, with forward slashes. */
  @Column({ type: 'text' })
  path: string;
}

/** What a person said about a class; written once, together with the move out of the gate. */
@Entity({ name: 'orientation_answers' })
export class OrientationAnswerEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @PrimaryColumn({ type: 'text' })
  product: string;

  @PrimaryColumn({ type: 'text' })
  component: string;

  @PrimaryColumn({ type: 'text' })
  light: string;

  @Column({ type: 'text' })
  answer: Orientation | 'skip';

  /** 1, or 2 and 4 for parts that look the same after a half or a quarter turn. */
  @Column({ type: 'smallint' })
  symmetry: 1 | 2 | 4;

  @Column({ name: 'answered_by', type: 'text' })
  answeredBy: string;

  @Column({ name: 'answered_at', type: 'timestamptz' })
  answeredAt: Date;

  @Column({ name: 'answered_from', type: 'text' })
  answeredFrom: string;
}

/** Partial answers, kept until the gate is passed. */
@Entity({ name: 'orientation_drafts' })
export class OrientationDraftEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  /** Class folder to answer, as `answersToJson` has it. */
  @Column({ type: 'jsonb' })
  answers: Record<string, unknown>;

  @Column({ name: 'saved_by', type: 'text' })
  savedBy: string;

  @Column({ name: 'saved_at', type: 'timestamptz' })
  savedAt: Date;

  @Column({ name: 'saved_from', type: 'text' })
  savedFrom: string;
}
