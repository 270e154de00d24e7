import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isUnrecoverable, replaceFileAtomic, withPublishGuard, writeFileAtomic } from './index.js';
import { renameIntoPlace, type RenameOptions } from './rename-into-place.js';

/** Windows while another program has a file open: the first `times` renames fail. */
function heldOpen(times: number, code = 'EPERM'): { system: NonNullable<RenameOptions['system']>; waitsMs: number[] } {
  const waitsMs: number[] = [];
  let left = times;
  return {
    waitsMs,
    system: {
      rename: async (from, to) => {
        if (left-- > 0) throw Object.assign(new Error(`${code}: operation not permitted, rename`), { code });
        await rename(from, to);
      },
      sleep: async (ms) => void waitsMs.push(ms),
    },
  };
}

describe('a rename into place', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-rename-'));
    path = join(folder, 'metrics.csv');
    await writeFile(path, 'old');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it.each(['EPERM', 'EACCES', 'EBUSY'])('waits longer and longer while the file is held open (%s)', async (code) => {
    const { system, waitsMs } = heldOpen(3, code);
    await writeFileAtomic(path, 'new', { system });
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(waitsMs).toEqual([100, 200, 400]);
  });

  it('gives up after a bounded wait, names the file and says what to do', async () => {
    const { system, waitsMs } = heldOpen(Infinity);
    const error: unknown = await writeFileAtomic(path, 'new', { system }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: 'unavailable', code: 'FILE_IN_USE', details: { path } });
    expect((error as Error).message).toContain(`${path}: expected to be able to replace it, got EPERM`);
    expect((error as Error).message).toContain('Close it where it is open');
    expect(isUnrecoverable(error)).toBe(false);
    expect(waitsMs.reduce((sum, ms) => sum + ms)).toBe(12_700);
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['metrics.csv']);
  });

  it('tries as often as it is told, and names what it is told', async () => {
    const { system, waitsMs } = heldOpen(Infinity, 'ENOTEMPTY');
    const renamed = renameIntoPlace(path, join(folder, 'there'), { attempts: 2, subject: path, system });
    await expect(renamed).rejects.toMatchObject({ code: 'FILE_IN_USE', details: { path } });
    expect(waitsMs).toEqual([100]);
  });

  it('does not wait for what will not change', async () => {
    const { system, waitsMs } = heldOpen(1, 'ENOSPC');
    await expect(writeFileAtomic(path, 'new', { system })).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(waitsMs).toEqual([]);
  });

  it('asks before each attempt whether it may still publish', async () => {
    const { system } = heldOpen(1);
    let asked = 0;
    const guard = async (): Promise<void> => {
      if (++asked === 2) throw new Error('another worker has the task');
    };
    const write = withPublishGuard(guard, () =>
      replaceFileAtomic(path, (temporaryPath) => writeFile(temporaryPath, 'new'), { system }),
    );
    await expect(write).rejects.toThrow('another worker has the task');
    expect(await readFile(path, 'utf8')).toBe('old');
  });
});
