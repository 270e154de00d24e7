import {
  add,
  matMul,
  mean,
  mul,
  reshape,
  rsqrt,
  sigmoid,
  sub,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import {
  activationSizes,
  batchNormTrain,
  conv2d,
  depthwiseConv2d,
  samePadding,
  silu,
  symmetricPadding,
  type Layout,
} from '../kernels/index.js';
import type { ForwardContext } from './forward-context.js';
import { constant, heNormalFanOut, uniformFanIn, type Initialiser } from './initialisers.js';
import type { ParameterRegistry } from './parameter-registry.js';

/** A layer on activations in `layout`. */
export type Layer = (x: Tensor4D, context: ForwardContext, layout: Layout) => Tensor4D;
/** A layer on [batch, features]. */
export type VectorLayer = (x: Tensor2D, context: ForwardContext) => Tensor2D;

const BATCH_NORM_MOMENTUM = 0.1;

export interface ConvolutionSpec {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: 1 | 3;
  readonly stride?: 1 | 2;
  readonly depthwise?: boolean;
  /** Of stride 2; stride 1 keeps the size either way. */
  readonly padding?: 'symmetric' | 'same';
  /** `backbone`: He normal over fan-out; `head`: PyTorch's default. */
  readonly start: 'backbone' | 'head' | Initialiser;
}

/** Convolution without bias; `name` is its path, e.g. `conv_stem`. */
export function convolution(registry: ParameterRegistry, name: string, spec: ConvolutionSpec): Layer {
  const { inChannels, outChannels, kernel, stride = 1, depthwise = false, padding = 'symmetric', start } = spec;
  const groups = depthwise ? inChannels : 1;
  const shape = [outChannels, inChannels / groups, kernel, kernel];
  const initialise =
    start === 'backbone'
      ? heNormalFanOut(shape, groups)
      : start === 'head'
        ? uniformFanIn((inChannels / groups) * kernel * kernel)
        : start;
  const weight = registry.parameter(`${name}.weight`, shape, initialise, { decayExempt: false });
  const run = depthwise ? depthwiseConv2d : conv2d;
  return (x, context, layout) => {
    const { height, width } = activationSizes(x.shape, layout);
    const pixels =
      padding === 'same' && stride > 1
        ? samePadding(height, width, kernel, stride)
        : symmetricPadding((kernel - 1) / 2);
    return run(x, context.parameter<Tensor4D>(weight), { stride, padding: pixels, layout });
  };
}

/**
 * Batch norm: batch statistics in training (running ones move by 0.1 towards the batch mean and the
 * unbiased variance), running statistics in evaluation. `startScale` is what its weights start with.
 */
export function batchNorm(
  registry: ParameterRegistry,
  name: string,
  channels: number,
  eps: number,
  startScale = 1,
): Layer {
  const child = registry.at(name);
  const weight = child.parameter('weight', [channels], constant(startScale), { decayExempt: true });
  const bias = child.parameter('bias', [channels], constant(0), { decayExempt: true });
  const runningMean = child.buffer('running_mean', [channels], 0);
  const runningVariance = child.buffer('running_var', [channels], 1);
  return (x, context, layout) => {
    const gamma = context.parameter<Tensor1D>(weight);
    const beta = context.parameter<Tensor1D>(bias);
    const [oldMean, oldVariance] = [context.buffer<Tensor1D>(runningMean), context.buffer<Tensor1D>(runningVariance)];
    if (context.training) {
      const { y, mean, variance } = batchNormTrain(x, gamma, beta, { eps, layout });
      const count = x.size / channels;
      const unbiased = count / Math.max(1, count - 1);
      context.updateBuffer(runningMean, movingAverage(oldMean, mean, 1));
      context.updateBuffer(runningVariance, movingAverage(oldVariance, variance, unbiased));
      return y;
    }
    const scale = mul(gamma, rsqrt(add(oldVariance, eps)));
    const shift = sub(beta, mul(oldMean, scale));
    const broadcast: [number, number, number, number] = layout === 'NCHW' ? [1, channels, 1, 1] : [channels, 1, 1, 1];
    return add(mul(x, reshape(scale, broadcast)), reshape(shift, broadcast));
  };
}

function movingAverage(old: Tensor1D, batch: Tensor1D, correction: number): Tensor1D {
  return add(mul(old, 1 - BATCH_NORM_MOMENTUM), mul(batch, BATCH_NORM_MOMENTUM * correction));
}

export const activation = (x: Tensor4D): Tensor4D => silu(x);

/** Squeeze-and-excitation (Hu et al. 2018) with biased 1x1 convolutions `conv_reduce` and `conv_expand`. */
export function squeezeExcite(registry: ParameterRegistry, channels: number, reduced: number): Layer {
  const reduce = biasedPointwise(registry, 'conv_reduce', channels, reduced);
  const expand = biasedPointwise(registry, 'conv_expand', reduced, channels);
  return (x, context, layout) => {
    const squeezed = mean<Tensor4D>(x, [2, 3], true);
    const gate = sigmoid(expand(activation(reduce(squeezed, context, layout)), context, layout));
    return mul(x, gate);
  };
}

function biasedPointwise(registry: ParameterRegistry, name: string, inChannels: number, outChannels: number): Layer {
  const apply = convolution(registry, name, { inChannels, outChannels, kernel: 1, start: 'backbone' });
  const bias = registry.parameter(`${name}.bias`, [outChannels], constant(0), { decayExempt: true });
  return (x, context, layout) => {
    const broadcast = layout === 'NCHW' ? [1, outChannels, 1, 1] : [outChannels, 1, 1, 1];
    return add(apply(x, context, layout), reshape(context.parameter<Tensor1D>(bias), broadcast));
  };
}

/** x Wᵀ + b with PyTorch's default initialisation; weights [out, in]. */
export function linear(
  registry: ParameterRegistry,
  name: string,
  inFeatures: number,
  outFeatures: number,
): VectorLayer {
  const child = registry.at(name);
  const shape = [outFeatures, inFeatures];
  const weight = child.parameter('weight', shape, uniformFanIn(inFeatures), { decayExempt: false });
  const bias = child.parameter('bias', [outFeatures], uniformFanIn(inFeatures), { decayExempt: true });
  return (x, context) =>
    add(matMul<Tensor2D>(x, context.parameter<Tensor2D>(weight), false, true), context.parameter<Tensor1D>(bias));
}

/** BatchNorm1d: the same layer on [batch, features, 1, 1]. */
export function vectorBatchNorm(registry: ParameterRegistry, name: string, features: number, eps: number): VectorLayer {
  const apply = batchNorm(registry, name, features, eps);
  return (x, context) => {
    const y = apply(reshape(x, [x.shape[0], features, 1, 1]), context, 'NCHW');
    return reshape(y, [x.shape[0], features]);
  };
}
