import { AppError } from '../../common/index.js';

export const POOL_DOWNLOAD_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type PoolDownloadStatus = (typeof POOL_DOWNLOAD_STATUSES)[number];

/** Every allowed move of a download. */
export const POOL_DOWNLOAD_MOVES: Readonly<Record<PoolDownloadStatus, readonly PoolDownloadStatus[]>> = {
  pending: ['running', 'cancelled', 'failed'],
  // Back to pending when its worker stops or is lost.
  running: ['pending', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['pending'],
  cancelled: ['pending'],
};

export const LIVE_POOL_DOWNLOADS: readonly PoolDownloadStatus[] = ['pending', 'running'];

/** @throws AppError `DOWNLOAD_MOVE_FORBIDDEN` (conflict) */
export function assertPoolDownloadMove(id: string, from: PoolDownloadStatus, to: PoolDownloadStatus): void {
  const allowed = POOL_DOWNLOAD_MOVES[from];
  if (allowed.includes(to)) return;
  const expected = allowed.length === 0 ? 'nothing more' : allowed.join(' or ');
  throw new AppError(
    'conflict',
    'DOWNLOAD_MOVE_FORBIDDEN',
    `Download ${id} is ${from}: expected ${expected} to follow, got ${to}.`,
    { id, from, to },
  );
}
