import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { verifyCertificate } from '../../src/dataset/index.js';
import type { BuildDatasetSpec } from '../../src/orientation/index.js';
import { classify } from '../support/classify.js';
import { compiledSources, removeCompiledSources } from '../support/compiled-sources.js';
import { folderWith, picture, temporaryFolder } from '../support/input-folder.js';

const IMAGES = 160;
const CONFIG = {
  validationShare: 0.2,
  labels: 'orientation',
  ng: 'class',
  nearDuplicateBits: 8,
  imageSizePx: 32,
} as const;

describe('the data set step under SIGKILL', () => {
  let sources: string;
  let inputDir: string;
  let spec: Omit<BuildDatasetSpec, 'runFolder'>;

  beforeAll(async () => {
    sources = await compiledSources();
    const names = Array.from({ length: IMAGES }, (_, i) => `OK/20240101120000_b${i}@C${i % 3}_1_R.jpg`);
    const files = await Promise.all(names.map(async (name) => [name, await picture(name, 'jpeg', 64)] as const));
    inputDir = await folderWith(Object.fromEntries(files));
    const answers = { P_C0_R: 'Up', P_C1_R: 'Left', P_C2_R: 'skip' };
    spec = { inputDir, images: await classify(inputDir), answers, config: CONFIG, seed: 3 };
  });

  afterAll(async () => {
    await removeCompiledSources();
    await rm(inputDir, { recursive: true });
  });

  it('goes on after a kill at any point and ends in the bytes of an undisturbed run', async () => {
    const undisturbed = await temporaryFolder();
    expect(await build(undisturbed, () => false)).toBe('done');
    const expected = await contents(undisturbed);
    const disturbed = await temporaryFolder();
    for (const atFraction of [0, 0.3, 0.6, 0.97]) {
      expect(await build(disturbed, (fraction) => fraction >= atFraction)).toBe('killed');
    }
    expect(await build(disturbed, () => false)).toBe('done');
    expect(await contents(disturbed)).toEqual(expected);
    expect(await verifyCertificate(disturbed, { recheckPixels: true })).toMatchObject({ clean: true, problems: [] });
    for (const folder of [undisturbed, disturbed]) await rm(folder, { recursive: true });
  });

  /** Runs the step in a process with its threads, and kills it when its progress is where it should die. */
  async function build(runFolder: string, diesAt: (fraction: number) => boolean): Promise<'done' | 'killed'> {
    const specPath = join(inputDir, '..', `${process.pid}-spec.json`);
    await writeFile(specPath, JSON.stringify({ ...spec, runFolder }));
    const script = join(import.meta.dirname, '..', 'support', 'build-dataset-child.mjs');
    const child = spawn(process.execPath, [script, sources, specPath], { stdio: ['pipe', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    // What is written to a process that is gone is lost.
    child.stdin.on('error', () => undefined);
    for await (const line of createInterface({ input: child.stdout })) {
      if (diesAt(Number(line))) child.kill('SIGKILL');
      else child.stdin.write('.');
    }
    const [code] = (await exited) as [number | null];
    await rm(specPath);
    return code === 0 ? 'done' : 'killed';
  }
});

async function contents(root: string): Promise<Record<string, string>> {
  const names = (await readdir(root, { recursive: true })).sort();
  const files: [string, string][] = [];
  for (const name of names) {
    const path = join(root, name);
    if ((await stat(path)).isFile()) files.push([name, (await readFile(path)).toString('base64')]);
  }
  return Object.fromEntries(files);
}
