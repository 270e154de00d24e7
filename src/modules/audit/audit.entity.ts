import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Who did what from where, before and after. Append-only: the database refuses changes. */
@Entity({ name: 'audit' })
export class AuditEntity {
  @PrimaryColumn({ type: 'bigint', generated: true })
  id: string;

  @Column({ type: 'timestamptz' })
  at: Date;

  @Column({ type: 'text' })
  actor: string;

  @Column({ type: 'text' })
  address: string;

  /** `task.start`, `task.cancel`, `gate.confirm`, `config.update`, `user.add`, … */
  @Column({ type: 'text' })
  action: string;

  /** `task:<id>`, `user:<name>`, `key:<name>` or `config`. */
  @Column({ type: 'text' })
  target: string;

  @Column({ type: 'jsonb', nullable: true })
  before: object | null;

  @Column({ type: 'jsonb', nullable: true })
  after: object | null;
}
