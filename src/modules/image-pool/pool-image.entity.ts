import { Column, Entity, PrimaryColumn } from 'typeorm';

export const POOL_LABELS = ['OK', 'NG'] as const;
export type PoolLabel = (typeof POOL_LABELS)[number];

/** An image of the pool. Its file lies in the folder that the label names, or in the trash once it is deleted. */
@Entity({ name: 'pool_images' })
export class PoolImageEntity {
  @PrimaryColumn({ type: 'bigint', generated: true })
  id: string;

  @Column({ type: 'text' })
  site: string;

  @Column({ name: 'line_id', type: 'text' })
  lineId: string;

  @Column({ name: 'part_number', type: 'text' })
  partNumber: string;

  /** Name of the file, unique in its part. */
  @Column({ type: 'text' })
  file: string;

  /** As the line's image server knows it. */
  @Column({ name: 'image_path', type: 'text' })
  imagePath: string;

  @Column({ type: 'text', nullable: true })
  product: string | null;

  /** `YYYY-MM-DD hh:mm:ss`, by the site's clock. */
  @Column({ name: 'captured_at', type: 'text' })
  capturedAt: string;

  /** Null while nobody has sorted it. */
  @Column({ type: 'text', nullable: true })
  label: PoolLabel | null;

  @Column({ name: 'size_bytes', type: 'bigint' })
  sizeBytes: string;

  @Column({ name: 'width_px', type: 'integer' })
  widthPx: number;

  @Column({ name: 'height_px', type: 'integer' })
  heightPx: number;

  @Column({ type: 'text' })
  sha256: string;

  @Column({ name: 'download_id', type: 'uuid', nullable: true })
  downloadId: string | null;

  @Column({ name: 'stored_at', type: 'timestamptz' })
  storedAt: Date;

  /** When it went to the trash; null while it is in the pool. */
  @Column({ name: 'deleted_at', type: 'timestamptz', nullable: true })
  deletedAt: Date | null;

  @Column({ name: 'deleted_by', type: 'text', nullable: true })
  deletedBy: string | null;
}
