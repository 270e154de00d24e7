import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { Random } from '../../common/index.js';
import {
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  registerComposedKernels,
  samePadding,
  silu,
  type Layout,
} from './index.js';

const BACKEND = 'composed-on-cpu';
const random = new Random('composed');
const normal = (shape: number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor;

/** f and the gradients of sum(f²) on a backend. */
async function onBackend(name: string, f: Compute, shapes: number[][], data: Float32Array[]): Promise<number[][]> {
  await tf.setBackend(name);
  const results: number[][] = [];
  tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(data[i]!.slice(), shape));
    const { grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.square(f(...xs))))(inputs);
    for (const tensor of [f(...inputs), ...grads]) results.push([...tensor.dataSync()]);
  });
  return results;
}

async function expectSame(f: Compute, shapes: number[][]): Promise<void> {
  const data = shapes.map(normal);
  const expected = await onBackend('cpu', f, shapes, data);
  const actual = await onBackend(BACKEND, f, shapes, data);
  actual.forEach((values, i) => {
    expect(values.length).toBe(expected[i]!.length);
    values.forEach((value, j) => expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(1e-3));
  });
}

describe('the kernels composed of TensorFlow’s own equal the plain ones', () => {
  beforeAll(() => {
    // Stock CPU kernels under another name, so that the composed ones stand where a native backend has them.
    tf.registerBackend(BACKEND, tf.findBackendFactory('cpu'));
    for (const { kernelName, kernelFunc } of tf.getKernelsForBackend('cpu'))
      if (!kernelName.startsWith('Polarline')) tf.registerKernel({ kernelName, kernelFunc, backendName: BACKEND });
    registerComposedKernels(BACKEND);
  });

  afterAll(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend(BACKEND);
  });

  it.each<[Layout, number, number]>([
    ['NCHW', 1, 3],
    ['CNHW', 1, 3],
    ['NCHW', 2, 3],
    ['CNHW', 2, 3],
    ['CNHW', 1, 1],
  ])('for convolutions in %s, stride %d, kernel %d', async (layout, stride, kernel) => {
    const shape = layout === 'NCHW' ? [2, 3, 7, 6] : [3, 2, 7, 6];
    const options = { stride, layout, padding: samePadding(7, 6, kernel, stride) };
    const dense: Compute = (x, w) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, options);
    const depthwise: Compute = (x, w) => depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, options);
    await expectSame(dense, [shape, [4, 3, kernel, kernel]]);
    await expectSame(depthwise, [shape, [3, 1, kernel, kernel]]);
  });

  it('for batch norm and SiLU', async () => {
    const f: Compute = (x, gamma, beta) =>
      silu(batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { layout: 'CNHW' }).y);
    await expectSame(f, [[3, 2, 4, 5], [3], [3]]);
  });
});
