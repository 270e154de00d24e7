import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentContext } from '../../src/common/index.js';
import { writeManifest, type ClassifiedImage, type ManifestRow } from '../../src/dataset/index.js';
import { writeJsonl } from '../../src/modules/pipeline/jsonl.js';
import { buildDataset } from '../../src/orientation/index.js';
import { classify } from '../support/classify.js';
import { folderWith, picture } from '../support/input-folder.js';

const disk = mountTinyDisk();
const describeOnTinyDisk = disk === null ? describe.skip : describe;

describeOnTinyDisk(`a full disk${disk === null ? ' (skipped: a tmpfs cannot be mounted here)' : ''}`, () => {
  let inputDir: string;
  const images: ClassifiedImage[] = [];

  beforeAll(async () => {
    const names = Array.from({ length: 40 }, (_, i) => `20240101120000_b${i}@C1_1_R.jpg`);
    const files = await Promise.all(
      names.map(async (name) => [`OK/${name}`, await picture(name, 'jpeg', 96)] as const),
    );
    inputDir = await folderWith(Object.fromEntries(files));
    images.push(...(await classify(inputDir)));
  });

  afterEach(async () => {
    for (const name of await readdir(disk!)) await rm(join(disk!, name), { recursive: true });
  });

  afterAll(() => {
    execFileSync('umount', [disk!]);
    rmSync(disk!, { recursive: true });
    rmSync(inputDir, { recursive: true });
  });

  it('is told in a sentence, and nothing half-made stays behind', async () => {
    const runFolder = join(disk!, 'run');
    const config = {
      validationShare: 0.2,
      labels: 'orientation',
      ng: 'class',
      nearDuplicateBits: 8,
      imageSizePx: 16,
    } as const;
    const build = buildDataset(
      { runFolder, inputDir, images, answers: { P_C1_R: 'Up' }, config, seed: 1 },
      silentContext(),
    );
    await expect(build).rejects.toMatchObject({ kind: 'unavailable', code: 'DISK_FULL', exitCode: 1 });
    await expect(build).rejects.toThrow(/disk is full.*Free some space/);
    expect(await readdir(runFolder)).toEqual(['.work']);
  });

  // The system takes what fits and says how much that was; only the next write fails.
  it.each([
    [
      'manifest',
      (path: string) =>
        writeManifest(
          path,
          Array.from({ length: 1000 }, (_, i) => manifestRow(i)),
        ),
    ],
    [
      'list of images',
      (path: string) =>
        writeJsonl(
          path,
          Array.from({ length: 500 }, (_, i) => manifestRow(i)),
        ),
    ],
  ])('never leaves a %s without its end', async (_name, write) => {
    await expect(write(join(disk!, 'rows.jsonl'))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(disk!)).toEqual([]);
  });
});

/** About 700 bytes, so that one write of many rows is larger than the disk. */
function manifestRow(i: number): ManifestRow {
  return {
    path: `dataset/train/Up/${i}_${'x'.repeat(200)}.jpg`,
    sourcePath: `OK/${i}_${'x'.repeat(200)}.jpg`,
    sourceDigest: 'a'.repeat(64),
    classKey: { product: 'P', component: 'C1', light: 'R' },
    orientation: 'Up',
    rotationCwDeg: 0,
    split: 'train',
    label: 'Up',
    ok: true,
    groupId: `b${i}@C1_1`,
  };
}

/** A file system of 256 KiB, or null where this process may not mount one. */
function mountTinyDisk(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'polarline-tiny-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    rmSync(path, { recursive: true });
    return null;
  }
}
