import { registerGradient, type NamedAttrMap, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Layout } from './kernels.js';
import { runKernel } from './run-kernel.js';

export const BATCH_NORM = 'PolarlineBatchNorm';
export const BATCH_NORM_GRADIENT = 'PolarlineBatchNormGradient';

export interface BatchNormOptions {
  /** Added to the variance; PyTorch's default 1e-5 unless told otherwise. */
  readonly eps?: number;
  /** `NCHW` also means [batch, channels] and [batch, channels, length]; `CNHW` puts channels first. */
  readonly layout?: Layout;
}

export interface BatchNormAttributes {
  readonly eps: number;
  readonly layout: Layout;
}

export interface BatchNormResult<T extends Tensor> {
  readonly y: T;
  /** Batch mean by channel; a statistic, no gradient flows through it. */
  readonly mean: Tensor1D;
  /** Biased batch variance by channel (divided by M, not M-1); likewise without gradient. */
  readonly variance: Tensor1D;
}

/**
 * Batch normalisation with the statistics of the batch (Ioffe & Szegedy 2015), any rank from 2 on:
 * y = (x - mean) / sqrt(variance + eps) * gamma + beta, one mean and variance a channel.
 */
export function batchNormTrain<T extends Tensor>(
  x: T,
  gamma: Tensor1D,
  beta: Tensor1D,
  options: BatchNormOptions = {},
): BatchNormResult<T> {
  const { eps = 1e-5, layout = 'NCHW' } = options;
  const channels = x.shape[channelAxis(layout)];
  if (channels !== gamma.shape[0] || channels !== beta.shape[0])
    throw new RangeError(
      `batchNormTrain: ${channels} channels ([${x.shape.join(', ')}], ${layout}) do not fit gamma ` +
        `[${gamma.shape.join(', ')}] and beta [${beta.shape.join(', ')}]`,
    );
  const [y, mean, variance] = runKernel<Tensor[]>(BATCH_NORM, { x, gamma, beta }, { eps, layout });
  return { y: y as T, mean: mean as Tensor1D, variance: variance as Tensor1D };
}

export function channelAxis(layout: Layout): 0 | 1 {
  return layout === 'NCHW' ? 1 : 0;
}

export function batchNormAttributes(attributes: NamedAttrMap | undefined): BatchNormAttributes {
  return attributes as unknown as BatchNormAttributes;
}

registerGradient({
  kernelName: BATCH_NORM,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attributes) => {
    const [x, gamma, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
    const dy = (dys as Tensor[])[0]!;
    // Computed here and not in the closures: tfjs runs each closure in its own tidy, which would
    // dispose the other two results.
    const [dx, dGamma, dBeta] = runKernel<[Tensor, Tensor, Tensor]>(
      BATCH_NORM_GRADIENT,
      { dy, x, gamma, mean, variance },
      attributes,
    );
    return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
  },
});
