import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

import { AppError } from '../../common/index.js';

const MIB = 2 ** 20;

/** Bytes that this user may still write where `path` is, or will be. */
export async function freeDiskBytes(path: string): Promise<number> {
  let folder = resolve(path);
  for (;;) {
    try {
      const { bavail, bsize } = await statfs(folder);
      return bavail * bsize;
    } catch (error) {
      const parent = dirname(folder);
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
      folder = parent;
    }
  }
}

export interface DiskNeed {
  /** What will be written; 0 when it is not known. */
  readonly neededBytes: number;
  /** What must stay free after that. */
  readonly reserveBytes: number;
}

/**
 * Refuses work that would fill the disk.
 * @throws AppError DISK_FULL (badInput): free space, need and what to do
 */
export async function ensureDiskSpace(
  path: string,
  { neededBytes, reserveBytes }: DiskNeed,
  free: (path: string) => Promise<number> = freeDiskBytes,
): Promise<void> {
  const freeBytes = await free(path);
  const wanted = neededBytes + reserveBytes;
  if (freeBytes >= wanted) return;
  throw diskFull(path, `expected ${mib(wanted)} MiB free, got ${mib(freeBytes)} MiB`, {
    freeBytes,
    neededBytes,
    reserveBytes,
  });
}

/** Turns "no space left" of any write into the same AppError; other errors pass as they are. */
export function explainDiskError(error: unknown, path: string): unknown {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return diskFull(path, 'expected room to write, got none: the disk is full');
}

function diskFull(path: string, what: string, details: Record<string, number> = {}): AppError {
  return new AppError(
    'badInput',
    'DISK_FULL',
    `${path}: ${what}; free some space, or choose another storage.dataFolder or output folder, and try again`,
    { path, ...details },
  );
}

const mib = (bytes: number): number => Math.ceil(bytes / MIB);
