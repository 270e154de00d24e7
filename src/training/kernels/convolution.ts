import { registerGradient, type NamedAttrMap, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { activationShape, activationSizes, symmetricPadding, type Layout, type Padding } from './kernels.js';
import { runKernel, singleGradient } from './run-kernel.js';

export const CONVOLUTION = 'PolarlineConvolution';
export const CONVOLUTION_INPUT_GRADIENT = 'PolarlineConvolutionInputGradient';
export const CONVOLUTION_WEIGHT_GRADIENT = 'PolarlineConvolutionWeightGradient';

export interface ConvolutionOptions {
  /** Same in both directions; 1 unless told otherwise. */
  readonly stride?: number;
  /** Pixels on all sides, or each side by name; 0 unless told otherwise. */
  readonly padding?: number | Padding;
  /** Of input and output; `NCHW` unless told otherwise. */
  readonly layout?: Layout;
}

/** What every convolution kernel carries, with the sizes its gradients need. */
export interface ConvolutionAttributes {
  readonly stride: number;
  readonly padding: Padding;
  readonly layout: Layout;
  /** 1 for a dense convolution, the number of channels for a depthwise one. */
  readonly groups: number;
  readonly inputShape: readonly number[];
  /** [outChannels, inChannels / groups, kernelHeight, kernelWidth]. */
  readonly weightShape: readonly number[];
}

/**
 * Dense convolution without bias (cross-correlation, as in PyTorch).
 * `x`: [N,C,H,W] or [C,N,H,W]; `weight`: [outChannels, C, kernelHeight, kernelWidth].
 */
export function conv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions = {}): Tensor4D {
  return convolve(x, weight, 1, options);
}

/** Depthwise convolution without bias: one filter a channel, `weight` is [C, 1, kernelHeight, kernelWidth]. */
export function depthwiseConv2d(x: Tensor4D, weight: Tensor4D, options: ConvolutionOptions = {}): Tensor4D {
  if (weight.shape[1] !== 1)
    throw new RangeError(`depthwiseConv2d: expected weights [C, 1, k, k], got [${weight.shape.join(', ')}]`);
  return convolve(x, weight, weight.shape[0], options);
}

function convolve(x: Tensor4D, weight: Tensor4D, groups: number, options: ConvolutionOptions): Tensor4D {
  const { stride = 1, padding = 0, layout = 'NCHW' } = options;
  const { channels } = activationSizes(x.shape, layout);
  if (channels !== weight.shape[1] * groups)
    throw new RangeError(
      `convolution: ${channels} input channels ([${x.shape.join(', ')}], ${layout}) do not fit weights ` +
        `[${weight.shape.join(', ')}] in ${groups} group(s)`,
    );
  const attributes: ConvolutionAttributes = {
    stride,
    padding: typeof padding === 'number' ? symmetricPadding(padding) : padding,
    layout,
    groups,
    inputShape: x.shape,
    weightShape: weight.shape,
  };
  return runKernel<Tensor4D>(CONVOLUTION, { x, weight }, attributes);
}

/** Shape of the result, in the layout of the attributes. */
export function convolutionOutputShape(attributes: ConvolutionAttributes): [number, number, number, number] {
  const { stride, padding, layout, inputShape, weightShape } = attributes;
  const { batch, height, width } = activationSizes(inputShape, layout);
  const [channels, , kernelHeight, kernelWidth] = weightShape as [number, number, number, number];
  const length = (size: number, before: number, after: number, kernel: number): number =>
    Math.floor((size + before + after - kernel) / stride) + 1;
  return activationShape(
    {
      batch,
      channels,
      height: length(height, padding.top, padding.bottom, kernelHeight),
      width: length(width, padding.left, padding.right, kernelWidth),
    },
    layout,
  );
}

export function convolutionAttributes(attributes: NamedAttrMap | undefined): ConvolutionAttributes {
  return attributes as unknown as ConvolutionAttributes;
}

registerGradient({
  kernelName: CONVOLUTION,
  inputsToSave: ['x', 'weight'],
  gradFunc: (dyOrList, saved, attributes) => {
    const [x, weight] = saved as [Tensor, Tensor];
    const dy = singleGradient(dyOrList);
    return {
      x: () => runKernel<Tensor>(CONVOLUTION_INPUT_GRADIENT, { dy, weight }, attributes),
      weight: () => runKernel<Tensor>(CONVOLUTION_WEIGHT_GRADIENT, { x, dy }, attributes),
    };
  },
});
