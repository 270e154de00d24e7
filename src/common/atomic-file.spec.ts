import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { linkOrCopy, replaceFileAtomic, sha256File, writeFileAtomic, writeJsonAtomic } from './atomic-file.js';

describe('atomic files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-atomic-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes a file whole, making its folders', async () => {
    const path = join(folder, 'a', 'b', 'c.json');
    await writeJsonAtomic(path, { answer: 42 });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ answer: 42 });
  });

  it('keeps the old file and leaves no temporary one when writing fails', async () => {
    const path = join(folder, 'kept.txt');
    await writeFileAtomic(path, 'old');
    const failing = replaceFileAtomic(path, async (temporaryPath) => {
      await writeFile(temporaryPath, 'half');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['kept.txt']);
  });

  it('hard-links within one file system and leaves an existing target as it is', async () => {
    const source = join(folder, 'source.bin');
    const target = join(folder, 'links', 'target.bin');
    await writeFile(source, 'pixels');
    await linkOrCopy(source, target);
    await linkOrCopy(source, target);
    expect((await stat(target)).ino).toBe((await stat(source)).ino);
  });

  it('digests a file with SHA-256', async () => {
    const path = join(folder, 'abc');
    await writeFile(path, 'abc');
    expect(await sha256File(path)).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});
