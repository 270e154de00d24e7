import { Column, Entity } from 'typeorm';
import { LeasedEntity } from '../leases/index.js';
import type { PoolDownloadStatus } from './pool-download-state.js';

/** An image that a download could not store, and why. */
export interface PoolRefusal {
  readonly file: string;
  readonly reason: string;
}

/** One download of a part's images from its line. The row is the truth; the queue only carries its id. */
@Entity({ name: 'pool_downloads' })
export class PoolDownloadEntity extends LeasedEntity {
  @Column({ type: 'text' })
  status: PoolDownloadStatus;

  @Column({ name: 'part_number', type: 'text' })
  partNumber: string;

  /** `YYYY-MM-DD`, both inclusive, by the site's clock. */
  @Column({ name: 'start_date', type: 'date' })
  startDate: string;

  @Column({ name: 'end_date', type: 'date' })
  endDate: string;

  @Column({ name: 'image_limit', type: 'integer', nullable: true })
  imageLimit: number | null;

  /** Images asked for; null until the line's database has answered. */
  @Column({ type: 'integer', nullable: true })
  total: number | null;

  /** Fetched and stored by this download, over all of its attempts. */
  @Column({ type: 'integer', default: 0 })
  stored: number;

  /** In the pool already when the download began. */
  @Column({ type: 'integer', default: 0 })
  known: number;

  @Column({ type: 'integer', default: 0 })
  refused: number;

  /** The first of the refused ones. */
  @Column({ type: 'jsonb', default: [] })
  refusals: PoolRefusal[];
}
