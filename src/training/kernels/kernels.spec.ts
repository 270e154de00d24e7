import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { Random } from '../../common/index.js';
import {
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  samePadding,
  silu,
  symmetricPadding,
  type Layout,
  type Padding,
} from './index.js';

const random = new Random('kernels');
const normal = (shape: number[]): tf.Tensor =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
const swapped = <T extends tf.Tensor>(x: T, layout: Layout): T =>
  layout === 'NCHW' ? x : tf.transpose(x, [1, 0, 2, 3]);

function expectClose(actual: tf.Tensor, expected: tf.Tensor, tolerance = 1e-5): void {
  expect(actual.shape).toEqual(expected.shape);
  const difference = tf.norm(tf.sub(actual, expected)).dataSync()[0]!;
  const size = tf.norm(expected).dataSync()[0]!;
  expect(difference / Math.max(size, 1e-6)).toBeLessThan(tolerance);
}

/** Stock tfjs on the same maths: explicit padding, then VALID in NHWC. */
function stockConvolution(x: tf.Tensor4D, w: tf.Tensor4D, stride: number, p: Padding, depthwise: boolean): tf.Tensor4D {
  const nhwc = tf.pad(tf.transpose(x, [0, 2, 3, 1]), [
    [0, 0],
    [p.top, p.bottom],
    [p.left, p.right],
    [0, 0],
  ]);
  const y = depthwise
    ? tf.depthwiseConv2d(nhwc, tf.transpose(w, [2, 3, 0, 1]), stride, 'valid')
    : tf.conv2d(nhwc, tf.transpose(w, [2, 3, 1, 0]), stride, 'valid');
  return tf.transpose(y, [0, 3, 1, 2]);
}

/** Value and gradients of sum(f(inputs) * seed) for a fixed random seed tensor. */
function valueAndGradients(f: (...xs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], seed: tf.Tensor): tf.Tensor[] {
  const { value, grads } = tf.valueAndGrads((...xs: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(f(...xs), seed)))(inputs);
  return [value, ...grads];
}

const shapes = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  inChannels: fc.integer({ min: 1, max: 4 }),
  outChannels: fc.integer({ min: 1, max: 4 }),
  height: fc.integer({ min: 3, max: 9 }),
  width: fc.integer({ min: 3, max: 9 }),
  kernel: fc.constantFrom(1, 2, 3),
  stride: fc.constantFrom(1, 2),
  padding: fc.constantFrom<'none' | 'symmetric' | 'same'>('none', 'symmetric', 'same'),
  layout: fc.constantFrom<Layout>('NCHW', 'CNHW'),
  depthwise: fc.boolean(),
});

describe('Polarline kernels on the tfjs cpu backend', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await tf.ready();
  });

  it('convolutions and their gradients equal stock tfjs for any size, stride, padding and layout', () => {
    fc.assert(
      fc.property(shapes, (s) => {
        tf.tidy(() => {
          const padding =
            s.padding === 'same'
              ? samePadding(s.height, s.width, s.kernel, s.stride)
              : symmetricPadding(s.padding === 'none' ? 0 : s.kernel >> 1);
          const x = normal([s.batch, s.inChannels, s.height, s.width]) as tf.Tensor4D;
          const w = normal(
            s.depthwise ? [s.inChannels, 1, s.kernel, s.kernel] : [s.outChannels, s.inChannels, s.kernel, s.kernel],
          ) as tf.Tensor4D;
          const options = { stride: s.stride, padding, layout: s.layout };
          const ours = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => {
            const run = s.depthwise ? depthwiseConv2d : conv2d;
            return swapped(run(swapped(a as tf.Tensor4D, s.layout), b as tf.Tensor4D, options), s.layout);
          };
          const stock = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
            stockConvolution(a as tf.Tensor4D, b as tf.Tensor4D, s.stride, padding, s.depthwise);
          const y = stock(x, w);
          expectClose(ours(x, w), y);
          const seed = normal(y.shape);
          const expected = valueAndGradients(stock, [x, w], seed);
          valueAndGradients(ours, [x, w], seed).forEach((g, i) => expectClose(g, expected[i]!, 1e-4));
        });
      }),
      { numRuns: 60, seed: 7 },
    );
  });

  it.each<[Layout, number[]]>([
    ['NCHW', [3, 4, 5, 3]],
    ['CNHW', [4, 3, 5, 3]],
    ['NCHW', [6, 4]],
  ])('batch norm %s %j and its gradients equal the composition of stock operations', (layout, shape) => {
    const axes = shape.map((_, i) => i).filter((i) => i !== (layout === 'NCHW' ? 1 : 0));
    const broadcast = shape.map((size, i) => (axes.includes(i) ? 1 : size));
    const stock = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, axes, true);
      const y = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
      return tf.add(tf.mul(y, tf.reshape(gamma, broadcast)), tf.reshape(beta, broadcast));
    };
    const ours = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
      batchNormTrain(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { eps: 1e-3, layout }).y;
    const inputs = [normal(shape), normal([4]), normal([4])];
    const seed = normal(shape);
    const expected = valueAndGradients(stock, inputs, seed);
    valueAndGradients(ours, inputs, seed).forEach((g, i) => expectClose(g, expected[i]!, 1e-4));
    const { mean, variance } = tf.moments(inputs[0]!, axes);
    const result = batchNormTrain(inputs[0]!, inputs[1] as tf.Tensor1D, inputs[2] as tf.Tensor1D, { layout });
    expectClose(result.mean, mean);
    expectClose(result.variance, variance);
  });

  it('SiLU and its gradient equal x * sigmoid(x), and finite differences', () => {
    const x = normal([2, 5]);
    const seed = normal([2, 5]);
    const expected = valueAndGradients((a) => tf.mul(a, tf.sigmoid(a)), [x], seed);
    const [value, gradient] = valueAndGradients((a) => silu(a), [x], seed);
    expectClose(value!, expected[0]!);
    expectClose(gradient!, expected[1]!);
    const step = 1e-2;
    const numeric = tf.mul(seed, tf.div(tf.sub(silu(tf.add(x, step)), silu(tf.sub(x, step))), 2 * step));
    expectClose(gradient!, numeric, 1e-3);
  });

  it('SAME padding puts the odd pixel right and below', () => {
    expect(samePadding(8, 9, 3, 2)).toEqual({ top: 0, bottom: 1, left: 1, right: 1 });
    expect(samePadding(7, 7, 3, 1)).toEqual(symmetricPadding(1));
  });

  it('refuses weights that do not fit the input, naming both', () => {
    expect(() => conv2d(normal([1, 3, 4, 4]) as tf.Tensor4D, normal([2, 4, 1, 1]) as tf.Tensor4D)).toThrow(
      /3 input channels .* \[2, 4, 1, 1\]/,
    );
  });
});
