import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { packageRoot } from '../infra/config/index.js';
import { trainConfigWishes } from './train-config-options.js';

describe('the training settings of a command line', () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-wishes-'));
    await writeFile(file('own.yaml'), 'training:\n  maxEpochs: 7\nloss:\n  scale: 20\n');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('asks for nothing where nothing was said', async () => {
    expect(await trainConfigWishes({ assignments: [] })).toEqual({});
  });

  it('lays single values over the file, and the file over the preset, key by key', async () => {
    const wishes = await trainConfigWishes({
      preset: 'quick-check',
      configPath: file('own.yaml'),
      assignments: ['loss.scale=25', 'data.ng=calibration'],
    });
    expect(wishes).toMatchObject({
      model: { backbone: 'tiny' },
      training: { maxEpochs: 7, batchSize: 32 },
      loss: { scale: 25 },
      data: { imageSizePx: 48, ng: 'calibration' },
    });
  });

  it('ships only presets that hold', async () => {
    const names = (await readdir(join(packageRoot(), 'configs', 'examples'))).map((name) => basename(name, '.yaml'));
    expect(names).toEqual(expect.arrayContaining(['cpu-small', 'gpu', 'quick-check']));
    for (const preset of names) expect(await trainConfigWishes({ preset, assignments: [] })).not.toEqual({});
  });

  it('names what is wrong, where, and what may have been meant', async () => {
    await expect(trainConfigWishes({ preset: 'cpu-smal', assignments: [] })).rejects.toThrow('did you mean cpu-small?');
    await expect(trainConfigWishes({ assignments: ['training.maxEpochs=0'] })).rejects.toThrow(
      'training.maxEpochs: expected 1..10000, got 0 (--set training.maxEpochs=0)',
    );
    await expect(trainConfigWishes({ assignments: ['training.epochs=3'] })).rejects.toThrow(/unknown key/);
    await writeFile(file('bad.yaml'), 'training:\n  maxEpochs: many\n');
    await expect(trainConfigWishes({ configPath: file('bad.yaml'), assignments: [] })).rejects.toThrow(/bad\.yaml:2/);
  });
});
