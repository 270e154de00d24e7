import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../common/index.js';
import type { NamedTensors, TrainingState } from '../engines/engine.js';
import { writeSafetensors } from '../weights/index.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { readModelFile, writeModelFile } from './model-file.js';

describe('checkpoints', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-checkpoints-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('come back with every bit of state, average and progress', async () => {
    const path = join(folder, 'a', 'last.safetensors');
    const progress = { epoch: 3, lossSum: 0.1 + 0.2, history: [{ loss: 1e-300 }] };
    const average = {
      count: 7,
      weights: { parameters: tensors(5, 'model.w'), buffers: tensors(6, 'model.bn.running_var') },
    };
    await writeCheckpoint(path, { progress, state: stateOf(1), average });
    expect(await readCheckpoint(path)).toEqual({ progress, state: stateOf(1), average });
    expect(await readdir(join(folder, 'a'))).toEqual(['last.safetensors']);
  });

  it('keep the loss scale of half precision, where there is one', async () => {
    const path = join(folder, 'half.safetensors');
    const state = { ...stateOf(4), lossScale: { value: 256, goodSteps: 31 } };
    await writeCheckpoint(path, { progress: {}, state, average: { count: 0, weights: null } });
    expect((await readCheckpoint(path))!.state.lossScale).toEqual({ value: 256, goodSteps: 31 });
    await writeCheckpoint(path, { progress: {}, state: stateOf(4), average: { count: 0, weights: null } });
    expect((await readCheckpoint(path))!.state.lossScale).toBeUndefined();
  });

  it('come back without an average where there was none', async () => {
    const path = join(folder, 'b.safetensors');
    await writeCheckpoint(path, { progress: {}, state: stateOf(2), average: { count: 0, weights: null } });
    expect((await readCheckpoint(path))!.average).toEqual({ count: 0, weights: null });
  });

  it('are null where there is none, and refused where the file is something else or cut short', async () => {
    expect(await readCheckpoint(join(folder, 'none.safetensors'))).toBeNull();
    const other = join(folder, 'other.safetensors');
    await writeSafetensors(other, tensors(1, 'w'));
    await expect(readCheckpoint(other)).rejects.toMatchObject({ code: 'CHECKPOINT_UNREADABLE' });
    const cut = join(folder, 'cut.safetensors');
    await writeFile(cut, 'abc');
    await expect(readCheckpoint(cut)).rejects.toMatchObject({ kind: 'badInput' });
  });

  it("a model file has PyTorch's names, leaves the criterion out, and reads back to the same weights", async () => {
    const path = join(folder, 'model.safetensors');
    const { parameters, buffers } = stateOf(3);
    await writeModelFile(path, { parameters, buffers }, { epoch: '4' });
    const read = await readModelFile(path);
    expect(read.metadata).toEqual({ epoch: '4' });
    expect(read.weights.buffers).toEqual(buffers);
    expect(read.weights.parameters).toEqual(new Map([['model.w', parameters.get('model.w')!]]));
  });
});

function stateOf(seed: number): TrainingState {
  return {
    parameters: new Map([...tensors(seed, 'model.w'), ...tensors(seed + 1, 'criterion.W')]),
    buffers: tensors(seed + 2, 'model.bn1.running_mean'),
    firstMoments: tensors(seed + 3, 'model.w'),
    secondMoments: tensors(seed + 4, 'model.w'),
    stepCounts: { backbone: 11, head: 21 },
  };
}

function tensors(seed: number, name: string): NamedTensors {
  const random = new Random(seed);
  return new Map([[name, { shape: [2, 3], data: Float32Array.from({ length: 6 }, () => random.normal()) }]]);
}
