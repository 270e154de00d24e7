import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { Random } from '../../../common/index.js';
import {
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  samePadding,
  silu,
  symmetricPadding,
  type Layout,
} from '../../kernels/index.js';
import { simplify } from '../graph/simplify.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import { trace } from '../tracing/trace.js';
import { CPU_PLAIN_RULES, cpuRules, lower, PORTABLE_RULES, type LoweringRules } from './index.js';

type Compute = (...inputs: tf.Tensor[]) => tf.Tensor;

const random = new Random('lowering');
const normal = (shape: readonly number[]): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal());

/** sum(f(x) * seed), its gradients, and f(x) itself. */
function differentiated(f: Compute): (seed: tf.Tensor, inputs: tf.Tensor[], report: (ts: tf.Tensor[]) => void) => void {
  return (seed, inputs, report) => {
    tf.tidy(() => {
      const { grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(f(...xs), seed)))(inputs);
      report([f(...inputs), ...grads]);
    });
  };
}

async function runOnnx(
  rules: LoweringRules,
  f: Compute,
  shapes: readonly number[][],
  data: readonly Float32Array[],
  seed: Float32Array,
  seedShape: number[],
): Promise<Float32Array[]> {
  const graph = trace((tracer) => {
    const inputs = shapes.map((shape, i) => tracer.input(`x${i}`, { shape, dtype: 'float32' }));
    const seedTensor = tracer.input('seed', { shape: seedShape, dtype: 'float32' });
    differentiated(f)(seedTensor, inputs, (outputs) => outputs.forEach((output, i) => tracer.output(`y${i}`, output)));
  });
  const { model } = lower(simplify(graph), rules);
  const session = await InferenceSession.create(encodeOnnx(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
  });
  const feeds = Object.fromEntries([
    ...shapes.map((shape, i) => [`x${i}`, new OrtTensor('float32', data[i]!.slice(), shape)] as const),
    ['seed', new OrtTensor('float32', seed, seedShape)] as const,
  ]);
  const before = data.map((array) => array.slice());
  const used = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!]));
  const results = await session.run(used);
  shapes.forEach((_, i) => expect(feeds[`x${i}`]!.data).toEqual(before[i]));
  await session.release();
  return [...graph.outputs.keys()].map((name) => results[name]!.data as Float32Array);
}

function runEager(
  f: Compute,
  shapes: readonly number[][],
  data: readonly Float32Array[],
  seed: Float32Array,
  seedShape: number[],
): Float32Array[] {
  let outputs: Float32Array[] = [];
  tf.tidy(() => {
    const inputs = shapes.map((shape, i) => tf.tensor(data[i]!.slice(), shape));
    differentiated(f)(tf.tensor(seed, seedShape), inputs, (tensors) => {
      outputs = tensors.map((tensor) => tensor.dataSync<'float32'>().slice());
    });
  });
  return outputs;
}

async function expectSame(
  rules: LoweringRules,
  f: Compute,
  shapes: readonly number[][],
  tolerance = 1e-5,
  inputs?: Float32Array[],
): Promise<void> {
  const data = inputs ?? shapes.map(normal);
  const seedShape = tf.tidy(() => f(...shapes.map((shape, i) => tf.tensor(data[i]!, shape))).shape);
  const seed = normal(seedShape);
  const expected = runEager(f, shapes, data, seed, seedShape);
  const actual = await runOnnx(rules, f, shapes, data, seed, seedShape);
  expect(actual.length).toBe(expected.length);
  actual.forEach((array, i) => {
    expect(array.length).toBe(expected[i]!.length);
    expect(relativeDistance(array, expected[i]!)).toBeLessThan(tolerance);
  });
}

function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  let [difference, size] = [0, 0];
  expected.forEach((value, i) => {
    difference += (actual[i]! - value) ** 2;
    size += value ** 2;
  });
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-4);
}

const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  inChannels: fc.constantFrom(2, 3, 5, 16),
  outChannels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  kernel: fc.constantFrom(1, 3),
  stride: fc.constantFrom(1, 2),
  padding: fc.constantFrom<'symmetric' | 'same'>('symmetric', 'same'),
  layout: fc.constantFrom<Layout>('NCHW', 'CNHW'),
  depthwise: fc.boolean(),
});

describe.each<[string, () => Promise<LoweringRules>]>([
  ['portable', async () => PORTABLE_RULES],
  ['plain CPU', async () => CPU_PLAIN_RULES],
  ['probed CPU', cpuRules],
])('the %s lowering equals tfjs cpu', (_, findRules) => {
  let rules: LoweringRules;

  beforeAll(async () => {
    await tf.setBackend('cpu');
    rules = await findRules();
  });

  it('for convolutions of any size, stride, padding and layout, and their gradients', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async (c) => {
        const padding =
          c.padding === 'same' ? samePadding(c.height, c.width, c.kernel, c.stride) : symmetricPadding(c.kernel >> 1);
        const x = c.layout === 'NCHW' ? [c.batch, c.inChannels] : [c.inChannels, c.batch];
        const weight = c.depthwise
          ? [c.inChannels, 1, c.kernel, c.kernel]
          : [c.outChannels, c.inChannels, c.kernel, c.kernel];
        const run = c.depthwise ? depthwiseConv2d : conv2d;
        const f: Compute = (a, w) =>
          run(a as tf.Tensor4D, w as tf.Tensor4D, { stride: c.stride, padding, layout: c.layout });
        await expectSame(rules, f, [[...x, c.height, c.width], weight]);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it.each<[Layout, number[]]>([
    ['NCHW', [3, 4, 5, 3]],
    ['CNHW', [4, 3, 5, 3]],
    ['NCHW', [6, 4]],
  ])('for batch norm %s %j, its statistics and gradients', async (layout, shape) => {
    const f: Compute = (x, gamma, beta) => {
      const { y, mean, variance } = batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, {
        layout,
        eps: 1e-3,
      });
      return tf.concat([tf.reshape(y, [-1]), mean, variance]);
    };
    await expectSame(rules, f, [shape, [4], [4]], 1e-4);
  });

  it.each<[stride: number, padding: 'symmetric' | 'same']>([
    [1, 'symmetric'],
    [2, 'symmetric'],
    [2, 'same'],
  ])('for dense 3x3 convolutions that fill blocks of channels, stride %d, padding %s', async (stride, kind) => {
    const padding = kind === 'same' ? samePadding(6, 7, 3, stride) : symmetricPadding(1);
    const f: Compute = (x, w) => conv2d(x as tf.Tensor4D, w as tf.Tensor4D, { stride, padding });
    await expectSame(rules, f, [
      [2, 48, 6, 7],
      [32, 48, 3, 3],
    ]);
  });

  it.each<[string, Layout, typeof conv2d, number[], number[]]>([
    ['a dense convolution', 'NCHW', conv2d, [2, 3, 12, 12], [4, 3, 3, 3]],
    ['a pointwise convolution', 'CNHW', conv2d, [3, 2, 12, 12], [4, 3, 1, 1]],
    ['a pointwise convolution of few pixels', 'CNHW', conv2d, [16, 2, 2, 2], [8, 16, 1, 1]],
    ['a depthwise convolution', 'CNHW', depthwiseConv2d, [16, 2, 6, 6], [16, 1, 3, 3]],
  ])('for %s in front of batch norm, which passes its factors on', async (_name, layout, convolve, x, weight) => {
    const channels = weight[0]!;
    const padding = symmetricPadding(weight[2]! >> 1);
    const f: Compute = (a, w, gamma, beta) => {
      const y = convolve(a as tf.Tensor4D, w as tf.Tensor4D, { padding, layout });
      return silu(batchNormTrain(y, gamma as tf.Tensor1D, beta as tf.Tensor1D, { layout }).y);
    };
    await expectSame(rules, f, [x, weight, [channels], [channels]], 1e-4);
  });

  it('for SiLU', async () => {
    await expectSame(rules, (x) => silu(x), [[3, 7]]);
  });

  it.each<[string, Compute, number[][]]>([
    [
      'arithmetic with broadcasts',
      (a, b) => tf.div(tf.sub(tf.mul(a, b), 2), tf.add(tf.square(b), 1)),
      [
        [2, 3, 4],
        [3, 1],
      ],
    ],
    ['reductions', (a) => tf.concat([tf.max(a, [1]), tf.mean(a, [1]), tf.sum(a, [1]), tf.min(a, [1])]), [[4, 5]]],
    [
      'matrix products',
      (a, b) => tf.matMul(tf.matMul(a, b, false, true), b),
      [
        [2, 3, 4],
        [2, 5, 4],
      ],
    ],
    [
      '2-D matrix products',
      (a, b) => tf.matMul(tf.matMul(a, b, true, true), b, false, false),
      [
        [4, 3],
        [5, 4],
      ],
    ],
    ['softmax and log', (a) => tf.add(tf.softmax(a), tf.logSoftmax(a)), [[3, 5]]],
    [
      'slices, stacks, pads',
      (a) =>
        tf.stack(
          tf.unstack(
            tf.pad(tf.slice(a, [1, 0], [2, 3]), [
              [0, 1],
              [1, 0],
            ]),
          ),
        ),
      [[4, 5]],
    ],
    ['splits and tiles', (a) => tf.concat(tf.split(tf.tile(a, [1, 2]), 4, 1), 0), [[2, 6]]],
    ['transpose and reshape', (a) => tf.reshape(tf.transpose(a, [2, 0, 1]), [6, 4]), [[2, 3, 4]]],
    [
      'masks',
      (a, b) => tf.mul(tf.step(a), tf.where(tf.cast(tf.step(tf.sub(a, b)), 'bool'), tf.sigmoid(a), tf.relu(b))),
      [
        [3, 4],
        [3, 4],
      ],
    ],
    [
      'clipping and roots',
      (a) => tf.mul(tf.sqrt(tf.clipByValue(tf.abs(a), 0.1, 1)), tf.rsqrt(tf.add(tf.abs(a), 1))),
      [[9]],
    ],
    ['norms and trigonometry', (a) => tf.mul(tf.norm(a, 2, 1, true), tf.cos(tf.sin(a))), [[3, 4]]],
    [
      'maxima',
      (a, b) => tf.maximum(tf.minimum(a, b), tf.neg(b)),
      [
        [3, 4],
        [3, 4],
      ],
    ],
    ['exponentials', (a) => tf.log(tf.add(tf.exp(a), tf.tanh(a).square())), [[7]]],
  ])('for %s', async (_name, f, shapes) => {
    await expectSame(rules, f, shapes);
  });
});
