import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ArtefactFileKind } from './artefact-kinds.js';

/** A file of a finished run, as it was when the run finished. */
@Entity({ name: 'task_artefacts' })
export class ArtefactEntity {
  @PrimaryColumn({ name: 'task_id', type: 'uuid' })
  taskId: string;

  @PrimaryColumn({ type: 'text' })
  kind: ArtefactFileKind;

  /** Relative to the run folder, with forward slashes. */
  @Column({ type: 'text' })
  path: string;

  @Column({ name: 'size_bytes', type: 'bigint' })
  sizeBytes: string;

  @Column({ type: 'text' })
  sha256: string;
}
