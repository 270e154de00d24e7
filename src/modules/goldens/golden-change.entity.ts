import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TaskError } from '../tasks/task-error.js';

/** What an evaluation says of the golden samples, for comparing before and after. Rates are shares, 0..1. */
export interface GoldenFigures {
  readonly accuracy: number | null;
  readonly overkill: number | null;
  readonly escape: number | null;
  readonly polarity_escape: number | null;
}

/** One swap of a golden sample by a person. Rows are only ever added; a row that undoes another names it. */
@Entity({ name: 'golden_changes' })
export class GoldenChangeEntity {
  /** bigint, as text in JavaScript. */
  @PrimaryColumn({ type: 'bigint', generated: true })
  id: string;

  @Column({ name: 'task_id', type: 'uuid' })
  taskId: string;

  /** Its id in `golden_samples/manifest.json`. */
  @Column({ name: 'golden_id', type: 'text' })
  goldenId: string;

  /** Path in the data set's manifest; null is Polarline's own choice again. */
  @Column({ name: 'image_path', type: 'text', nullable: true })
  imagePath: string | null;

  /** What held before, in the same terms: what an undo goes back to. */
  @Column({ name: 'before_image_path', type: 'text', nullable: true })
  beforeImagePath: string | null;

  /** The image that was the golden sample when the change was asked for. */
  @Column({ name: 'shown_before', type: 'text' })
  shownBefore: string;

  @Column({ type: 'text' })
  reason: string;

  @Column({ type: 'bigint', nullable: true })
  undoes: string | null;

  @Column({ name: 'changed_by', type: 'text' })
  changedBy: string;

  @Column({ name: 'changed_from', type: 'text' })
  changedFrom: string;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt: Date;

  /** `queued` until the evaluation that first used it is done. */
  @Column({ type: 'text' })
  status: 'queued' | 'done' | 'failed';

  @Column({ name: 'finished_at', type: 'timestamptz', nullable: true })
  finishedAt: Date | null;

  @Column({ type: 'jsonb', nullable: true })
  error: TaskError | null;

  @Column({ name: 'figures_before', type: 'jsonb', nullable: true })
  figuresBefore: GoldenFigures | null;

  @Column({ name: 'figures_after', type: 'jsonb', nullable: true })
  figuresAfter: GoldenFigures | null;
}
