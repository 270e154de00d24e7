import { rename } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './app-error.js';
import { assertMayPublish } from './publish-guard.js';

/** 12.7 s of waiting in all: a virus scanner or a download has let go of a file by then. */
const ATTEMPTS = 8;
const FIRST_WAIT_MS = 100;
/** What Windows answers while another program has one of the files open; a folder that is being emptied is not yet empty. */
const BUSY_CODES: ReadonlySet<string | undefined> = new Set(['EPERM', 'EACCES', 'EBUSY', 'ENOTEMPTY']);

export interface RenameOptions {
  /** The file or folder that the error names; the new path by default. */
  readonly subject?: string;
  readonly attempts?: number;
  /** Stands in for the file system and the clock in tests. */
  readonly system?: {
    rename(this: void, from: string, to: string): Promise<void>;
    sleep(this: void, ms: number): Promise<unknown>;
  };
}

/**
 * Renames a finished file or folder to its final name, if `withPublishGuard` lets it. On Windows that fails while
 * another program has it, or what it replaces, open: it is tried again a few times.
 * @throws AppError `FILE_IN_USE` (unavailable) when it stays so; what the guard and the file system throw
 */
export async function renameIntoPlace(
  from: string,
  to: string,
  { subject = to, attempts = ATTEMPTS, system = { rename, sleep } }: RenameOptions = {},
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    // Anew each time: while this waited, another worker may have taken the task.
    await assertMayPublish();
    try {
      return await system.rename(from, to);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!BUSY_CODES.has(code)) throw error;
      if (attempt >= attempts) throw inUse(subject, code!, error);
    }
    await system.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
  }
}

function inUse(path: string, code: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'FILE_IN_USE',
    `${path}: expected to be able to replace it, got ${code}: another program has it open, or this user may not ` +
      'replace it. Close it where it is open (a spreadsheet, a viewer, a virus scanner) and try again.',
    { path },
    { cause },
  );
}
