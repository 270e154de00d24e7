import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  ensureDiskSpace,
  explainDiskError,
  freeDiskBytes,
  isInside,
  isInsideAny,
  realPathOf,
  removeOwn,
  resolveInside,
  withFileLock,
} from './index.js';

let folder: string;
let root: string;
let canLink = true;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'polarline-storage-')));
  root = join(folder, 'root');
  mkdirSync(join(root, 'a'), { recursive: true });
  mkdirSync(join(folder, 'outside'));
  writeFileSync(join(folder, 'outside', 'keep.txt'), 'keep');
  try {
    symlinkSync(join(folder, 'outside'), join(root, 'out'), 'junction');
    symlinkSync(join(folder, 'outside', 'later'), join(root, 'dangling'), 'junction');
  } catch {
    canLink = false;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('resolveInside', () => {
  it.each(['a', 'a/b.jpg', 'new/deep/file.png', './a', 'name with spaces.jpg', 'ünïcode.jpg'])(
    'accepts %s',
    async (name) => {
      expect(isInside(root, await resolveInside(root, name))).toBe(true);
    },
  );

  it.each([
    '',
    '..',
    '../outside/keep.txt',
    'a/../../outside',
    '/etc/passwd',
    'a//b',
    'C:\\Windows',
    'a\\..\\..\\outside',
    '..\\outside',
    'file.txt:stream',
    'nul',
    'a/CON.txt',
    'a\0b',
    'trailing.',
    'a/\u0001',
  ])('refuses %j', async (name) => {
    await expect(resolveInside(root, name)).rejects.toMatchObject({ code: 'PATH_OUTSIDE', httpStatus: 400 });
  });

  it('refuses links that lead out, also to what does not exist yet', async () => {
    if (!canLink) return;
    await expect(resolveInside(root, 'out/keep.txt')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    await expect(resolveInside(root, 'out/new.txt')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
    await expect(resolveInside(root, 'dangling')).rejects.toMatchObject({ code: 'PATH_OUTSIDE' });
  });

  it('never yields a path outside, whatever the name', async () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '/', '\\', 'C:', '~', '%2e%2e', '\0'), fc.string());
    const names = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const path = await resolveInside(root, name).catch(() => root);
        expect(path === root || path.startsWith(root + sep)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe('isInsideAny', () => {
  it('takes what lies below one of the folders, and nothing of a neighbour with a longer name', async () => {
    expect(await isInsideAny([join(folder, 'nowhere'), root], join(root, 'a'))).toBe(true);
    expect(await isInsideAny([root], root)).toBe(true);
    expect(await isInsideAny([root], join(folder, 'outside'))).toBe(false);
    expect(await isInsideAny([root], `${root}-other`)).toBe(false);
    expect(await isInsideAny([], root)).toBe(false);
  });

  it('judges a link by where it leads, that of a folder too', async () => {
    if (!canLink) return;
    expect(await isInsideAny([root], await realPathOf(join(root, 'out')))).toBe(false);
    expect(await isInsideAny([join(root, 'out')], join(folder, 'outside', 'keep.txt'))).toBe(true);
  });

  it('knows a root from its neighbour with a longer name', () => {
    expect(isInside('/data/aoi', '/data/aoi2/x')).toBe(false);
    expect(isInside('/data/aoi', '/data/aoi/..x')).toBe(true);
  });
});

describe('removeOwn', () => {
  it('removes a folder of ours and, of a link, only the link', async () => {
    mkdirSync(join(root, 'task', 'deep'), { recursive: true });
    await removeOwn(root, join(root, 'task'));
    expect(existsSync(join(root, 'task'))).toBe(false);
    if (!canLink) return;
    symlinkSync(join(folder, 'outside'), join(root, 'link'), 'junction');
    await removeOwn(root, join(root, 'link'));
    expect(readFileSync(join(folder, 'outside', 'keep.txt'), 'utf8')).toBe('keep');
  });

  it.each([
    ['the root itself', () => root],
    ['a neighbour', () => join(folder, 'outside')],
    ['a way out', () => join(root, '..', 'outside')],
    ['a path through a link', () => join(root, 'out', 'keep.txt')],
  ])('refuses %s', async (_name, path) => {
    if (!canLink) return;
    await expect(removeOwn(root, path())).rejects.toMatchObject({ code: 'REMOVE_OUTSIDE' });
    expect(existsSync(join(folder, 'outside', 'keep.txt'))).toBe(true);
  });
});

describe('disk space', () => {
  it('is known also for a folder that does not exist yet', async () => {
    expect(await freeDiskBytes(join(root, 'not', 'yet'))).toBeGreaterThan(0);
    expect(await realPathOf(join(root, 'not', 'yet'))).toBe(join(root, 'not', 'yet'));
  });

  it('is refused when too little is left, with figures', async () => {
    const need = { neededBytes: 300 * 2 ** 20, reserveBytes: 200 * 2 ** 20 };
    await expect(ensureDiskSpace(root, need, async () => 500 * 2 ** 20)).resolves.toBeUndefined();
    await expect(ensureDiskSpace(root, need, async () => 499 * 2 ** 20)).rejects.toMatchObject({
      code: 'DISK_FULL',
      exitCode: 2,
      message: expect.stringContaining('expected 500 MiB free, got 499 MiB') as unknown,
    });
  });

  it('that ran out during a write is told the same way', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    expect(explainDiskError(full, root)).toMatchObject({ code: 'DISK_FULL' });
    const other = new Error('other');
    expect(explainDiskError(other, root)).toBe(other);
  });
});

describe('withFileLock', () => {
  it('lets one holder in at a time and leaves no file behind', async () => {
    const path = join(folder, 'lock');
    let inside = 0;
    let most = 0;
    const work = (): Promise<void> =>
      withFileLock(path, async () => {
        most = Math.max(most, ++inside);
        await Promise.resolve();
        inside--;
      });
    await Promise.all(Array.from({ length: 10 }, work));
    expect(most).toBe(1);
    expect(existsSync(path)).toBe(false);
  });

  it('frees the lock when the action fails, and says who holds it when the wait is too long', async () => {
    const path = join(folder, 'lock');
    await expect(withFileLock(path, () => Promise.reject(new Error('inner')))).rejects.toThrow('inner');
    await withFileLock(path, () =>
      expect(withFileLock(path, async () => undefined, { timeoutMs: 0 })).rejects.toMatchObject({
        code: 'LOCK_TIMEOUT',
      }),
    );
  });
});
