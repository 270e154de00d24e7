import { Column, Entity, PrimaryColumn } from 'typeorm';

export const TASK_EVENT_KINDS = ['state', 'step', 'progress', 'epoch', 'log', 'golden'] as const;
export type TaskEventKind = (typeof TASK_EVENT_KINDS)[number];

/**
 * Append-only. Rows of one task are written under that task's row lock, so their ids become visible in order
 * and "everything after id n" misses nothing.
 */
@Entity({ name: 'task_events' })
export class TaskEventEntity {
  /** bigint, as text in JavaScript. */
  @PrimaryColumn({ type: 'bigint', generated: true })
  id: string;

  @Column({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @Column({ type: 'timestamptz' })
  at: Date;

  @Column({ type: 'text' })
  kind: TaskEventKind;

  @Column({ type: 'jsonb' })
  data: Record<string, unknown>;
}
