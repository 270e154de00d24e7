import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../common/index.js';
import {
  assertPoolDownloadMove,
  LIVE_POOL_DOWNLOADS,
  POOL_DOWNLOAD_MOVES,
  POOL_DOWNLOAD_STATUSES,
  type PoolDownloadStatus,
} from './pool-download-state.js';

describe('states of a download', () => {
  it('are all reached from pending, and every live one can end', () => {
    const reached = new Set<PoolDownloadStatus>(['pending']);
    for (const status of reached) for (const next of POOL_DOWNLOAD_MOVES[status]) reached.add(next);
    expect([...reached].sort()).toEqual([...POOL_DOWNLOAD_STATUSES].sort());
    for (const status of LIVE_POOL_DOWNLOADS)
      expect(POOL_DOWNLOAD_MOVES[status]).toEqual(expect.arrayContaining(['failed', 'cancelled']));
  });

  it('refuse every move that is not listed, as a conflict', () => {
    for (const from of POOL_DOWNLOAD_STATUSES)
      for (const to of POOL_DOWNLOAD_STATUSES) {
        const move = (): void => assertPoolDownloadMove('id', from, to);
        if (POOL_DOWNLOAD_MOVES[from].includes(to)) expect(move).not.toThrow();
        else expect(move).toThrow(AppError);
      }
  });
});
