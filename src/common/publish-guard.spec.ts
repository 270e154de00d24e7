import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withPublishGuard, writeFileAtomic } from './index.js';

describe('a guard of final names', () => {
  let folder: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'polarline-guard-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps a file from appearing, and leaves no temporary one behind', async () => {
    const refused = withPublishGuard(
      () => Promise.reject(new Error('somebody else has the task')),
      () => writeFileAtomic(join(folder, 'model.onnx'), 'x'),
    );
    await expect(refused).rejects.toThrow('somebody else has the task');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is asked when the file is written, right before it appears', async () => {
    let seen: string[] = [];
    const guard = async (): Promise<void> => void (seen = await readdir(folder));
    await withPublishGuard(guard, () => writeFileAtomic(join(folder, 'model.onnx'), 'x'));
    expect(seen).toEqual([expect.stringMatching(/^model\.onnx\.\w+\.tmp$/)]);
    expect(await readdir(folder)).toEqual(['model.onnx']);
  });
});
