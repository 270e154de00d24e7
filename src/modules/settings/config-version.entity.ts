import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { TrainConfig } from '../../training/config.js';

/** One change of the training configuration; the newest counts for tasks started from then on. */
@Entity({ name: 'config_versions' })
export class ConfigVersionEntity {
  @PrimaryColumn({ type: 'integer', generated: true })
  version: number;

  /** Null where the change went back to train_configs.yaml. */
  @Column({ type: 'jsonb', nullable: true })
  config: TrainConfig | null;

  @Column({ name: 'changed_by', type: 'text' })
  changedBy: string;

  @Column({ name: 'changed_from', type: 'text' })
  changedFrom: string;

  @Column({ name: 'changed_at', type: 'timestamptz' })
  changedAt: Date;
}
