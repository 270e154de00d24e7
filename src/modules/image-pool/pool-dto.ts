import type { TaskError } from '../tasks/task-error.js';
import type { PoolDownloadStatus } from './pool-download-state.js';
import type { PoolDownloadEntity, PoolRefusal } from './pool-download.entity.js';
import type { PoolPart } from './pool-folder.js';
import type { PoolImageEntity, PoolLabel } from './pool-image.entity.js';

export interface EstimateDto {
  /** Images that the line's database knows. */
  readonly images: number;
  /** Of these, how many a download would ask for: not in the pool yet, within `limit`. */
  readonly to_fetch: number;
  readonly in_pool: number;
  readonly products: number;
  readonly first: string | null;
  readonly last: string | null;
  /** By the mean of what the pool holds of this line; null while it holds nothing. */
  readonly estimated_bytes: number | null;
  readonly free_bytes: number;
}

export interface PoolDownloadDto {
  readonly task_id: string;
  readonly status: PoolDownloadStatus;
  readonly site: string;
  readonly line_id: string;
  readonly part_number: string;
  readonly start_date: string;
  readonly end_date: string;
  readonly limit: number | null;
  /** Null until the line's database has answered. */
  readonly total: number | null;
  readonly stored: number;
  readonly known: number;
  readonly refused: number;
  readonly refusals: readonly PoolRefusal[];
  /** 0..1 */
  readonly progress: number;
  readonly error: TaskError | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

export interface PoolPartDto {
  readonly part_number: string;
  readonly site: string;
  readonly line_id: string;
  readonly images: number;
  readonly ok: number;
  readonly ng: number;
  readonly unsorted: number;
  readonly bytes: number;
  readonly first: string | null;
  readonly last: string | null;
  readonly products: readonly string[];
  /** Folder on the server that `POST /training/start` takes as `input_dir` once there are images in OK. */
  readonly input_dir: string;
}

export interface PoolImageDto {
  readonly file: string;
  readonly label: PoolLabel | null;
  readonly url: string;
  readonly thumbnail_url: string;
  readonly captured_at: string;
  readonly product: string | null;
  readonly width_px: number;
  readonly height_px: number;
  readonly size_bytes: number;
  readonly deleted_at: string | null;
  readonly deleted_by: string | null;
}

export function toDownloadDto(row: PoolDownloadEntity): PoolDownloadDto {
  const { total, stored, known, refused } = row;
  const done = stored + known + refused;
  return {
    task_id: row.id,
    status: row.status,
    site: row.site,
    line_id: row.lineId,
    part_number: row.partNumber,
    start_date: row.startDate,
    end_date: row.endDate,
    limit: row.imageLimit,
    total,
    stored,
    known,
    refused,
    refusals: row.refusals,
    progress: row.status === 'completed' ? 1 : total === null || total === 0 ? 0 : Math.min(1, done / total),
    error: row.error,
    created_by: row.createdBy,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
  };
}

export function toImageDto(image: PoolImageEntity): PoolImageDto {
  const url = imageUrl(image, image.file);
  return {
    file: image.file,
    label: image.label,
    url,
    thumbnail_url: `${url}&size=320`,
    captured_at: image.capturedAt,
    product: image.product,
    width_px: image.widthPx,
    height_px: image.heightPx,
    size_bytes: Number(image.sizeBytes),
    deleted_at: image.deletedAt?.toISOString() ?? null,
    deleted_by: image.deletedBy,
  };
}

/** Address of an image; it names site and line, since a part number may be known on several. */
export function imageUrl({ site, lineId, partNumber }: PoolPart, file: string): string {
  const query = new URLSearchParams({ site, line_id: lineId }).toString();
  return `/rawdata/images/${encodeURIComponent(partNumber)}/${encodeURIComponent(file)}?${query}`;
}
