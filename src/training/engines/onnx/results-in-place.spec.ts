import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { encodeOnnx } from '../onnx-file/encode.js';
import type { OnnxModel } from '../onnx-file/model.js';
import { runInPlace, withResultsInPlace } from './results-in-place.js';
import { createRuntimeSession } from './runtime-session.js';

const LENGTH = 1 << 20;

/** doubled = x + x, squared = x * x. */
const model: OnnxModel = {
  nodes: [
    { op: 'Add', domain: '', inputs: ['x', 'x'], outputs: ['doubled'], attributes: {} },
    { op: 'Mul', domain: '', inputs: ['x', 'x'], outputs: ['squared'], attributes: {} },
  ],
  inputs: [{ name: 'x', type: 'float32', shape: ['length'] }],
  outputs: [
    { name: 'doubled', type: 'float32', shape: ['length'] },
    { name: 'squared', type: 'float32', shape: ['length'] },
  ],
  initializers: new Map(),
  opsets: new Map([['', 18]]),
};

const session = (of: OnnxModel): Promise<InferenceSession> =>
  createRuntimeSession(encodeOnnx(of), { executionProvider: 'cpu', threads: 1, optimisation: 'none' });
const tensor = (value: number): Tensor => new Tensor('float32', new Float32Array(LENGTH).fill(value), [LENGTH]);
const arrayBytes = (): number => process.memoryUsage().arrayBuffers;

describe('results in place', () => {
  let inPlace: InferenceSession;
  let copying: InferenceSession;

  beforeAll(async () => {
    [inPlace, copying] = [await session(withResultsInPlace(model)), await session(model)];
  });

  afterAll(async () => {
    for (const one of [inPlace, copying]) await one.release();
  });

  it('are in the tensors that were given for them, run after run, without new memory', async () => {
    const fetches = { doubled: tensor(0), squared: tensor(0) };
    for (const value of [3, 5]) {
      const feeds = { x: tensor(value) };
      const before = arrayBytes();
      await runInPlace(inPlace, feeds, fetches);
      expect(arrayBytes() - before).toBeLessThan(4 * LENGTH);
      expect((fetches.doubled.data as Float32Array).every((result) => result === 2 * value)).toBe(true);
      expect((fetches.squared.data as Float32Array).every((result) => result === value ** 2)).toBe(true);
    }
  });

  it('are needed as long as onnxruntime-node copies what it has written in place', async () => {
    const fetches = { doubled: tensor(0), squared: tensor(0) };
    const results = await copying.run({ x: tensor(3) }, fetches);
    for (const name of ['doubled', 'squared'] as const) {
      const [written, returned] = [fetches[name].data as Float32Array, results[name]!.data as Float32Array];
      expect([written[0], written.buffer === returned.buffer]).toEqual([returned[0], false]);
    }
  });

  it('do not hide a run that failed', async () => {
    const fetches = { doubled: tensor(0), squared: tensor(0) };
    await expect(runInPlace(inPlace, {}, fetches)).rejects.toThrow('failed while running the model');
  });
});
