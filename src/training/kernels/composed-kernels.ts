import {
  add,
  depthwiseConv2d,
  conv2d,
  div,
  engine,
  mul,
  moments,
  pad,
  registerKernel,
  reshape,
  rsqrt,
  sigmoid,
  slice,
  sub,
  sum,
  transpose,
  type KernelFunc,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  BATCH_NORM,
  BATCH_NORM_GRADIENT,
  batchNormAttributes,
  channelAxis,
  type BatchNormAttributes,
} from './batch-norm.js';
import {
  CONVOLUTION,
  CONVOLUTION_INPUT_GRADIENT,
  CONVOLUTION_WEIGHT_GRADIENT,
  convolutionAttributes,
  type ConvolutionAttributes,
} from './convolution.js';
import { activationSizes, type Layout } from './kernels.js';
import { SILU, SILU_GRADIENT } from './silu.js';

type Inputs = Readonly<Record<string, Tensor>>;

/** NHWC, which TensorFlow's own convolutions work in, from our layouts and back. */
const toNhwc = (x: Tensor, layout: Layout): Tensor4D =>
  transpose(x as Tensor4D, layout === 'NCHW' ? [0, 2, 3, 1] : [1, 2, 3, 0]);
const fromNhwc = (x: Tensor, layout: Layout): Tensor =>
  transpose(x as Tensor4D, layout === 'NCHW' ? [0, 3, 1, 2] : [3, 0, 1, 2]);

/** [out, in, h, w] as TensorFlow's [h, w, in, out], or [C, 1, h, w] as [h, w, C, 1]; and back. */
const toFilter = (weight: Tensor, isDepthwise: boolean): Tensor4D =>
  transpose(weight as Tensor4D, isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
const fromFilter = (filter: Tensor, isDepthwise: boolean): Tensor =>
  transpose(filter as Tensor4D, isDepthwise ? [2, 3, 0, 1] : [3, 2, 0, 1]);

const isDepthwise = ({ groups }: ConvolutionAttributes): boolean => groups > 1;

function paddedInput(x: Tensor, { layout, padding }: ConvolutionAttributes): Tensor4D {
  const { top, bottom, left, right } = padding;
  return pad(toNhwc(x, layout), [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
}

/** TensorFlow's gradient kernels; tfjs-core has no public function for them. */
function gradientKernel(name: string, inputs: Inputs, attributes: ConvolutionAttributes, shape: object): Tensor {
  const { stride } = attributes;
  return engine().runKernel<Tensor>(name, inputs, {
    strides: [stride, stride],
    dilations: [1, 1],
    pad: 'valid',
    dataFormat: 'NHWC',
    ...shape,
  });
}

function paddedShape({ inputShape, layout, padding }: ConvolutionAttributes): [number, number, number, number] {
  const { batch, channels, height, width } = activationSizes(inputShape, layout);
  return [batch, height + padding.top + padding.bottom, width + padding.left + padding.right, channels];
}

function convolve({ x, weight }: Inputs, attributes: ConvolutionAttributes): Tensor[] {
  const input = paddedInput(x!, attributes);
  const run = isDepthwise(attributes) ? depthwiseConv2d : conv2d;
  const y = run(input, toFilter(weight!, isDepthwise(attributes)), attributes.stride, 'valid');
  return [fromNhwc(y, attributes.layout)];
}

function inputGradient({ dy, weight }: Inputs, attributes: ConvolutionAttributes): Tensor[] {
  const { layout, padding } = attributes;
  const inputShape = paddedShape(attributes);
  const padded = gradientKernel(
    isDepthwise(attributes) ? 'DepthwiseConv2dNativeBackpropInput' : 'Conv2DBackpropInput',
    { dy: toNhwc(dy!, layout), filter: toFilter(weight!, isDepthwise(attributes)) },
    attributes,
    { inputShape },
  );
  const { batch, channels, height, width } = activationSizes(attributes.inputShape, layout);
  const inner = slice(padded, [0, padding.top, padding.left, 0], [batch, height, width, channels]);
  return [fromNhwc(inner, layout)];
}

function weightGradient({ x, dy }: Inputs, attributes: ConvolutionAttributes): Tensor[] {
  const [out, inGroup, height, width] = attributes.weightShape as [number, number, number, number];
  const filterShape = isDepthwise(attributes) ? [height, width, out, 1] : [height, width, inGroup, out];
  const gradient = gradientKernel(
    isDepthwise(attributes) ? 'DepthwiseConv2dNativeBackpropFilter' : 'Conv2DBackpropFilter',
    { x: paddedInput(x!, attributes), dy: toNhwc(dy!, attributes.layout) },
    attributes,
    { filterShape },
  );
  return [fromFilter(gradient, isDepthwise(attributes))];
}

/** Axes of a channel's elements, and the shape of one number a channel. */
function channelView(
  x: Tensor,
  { layout }: BatchNormAttributes,
): { axes: number[]; broadcast: number[]; count: number } {
  const channel = channelAxis(layout);
  return {
    axes: x.shape.map((_, i) => i).filter((i) => i !== channel),
    broadcast: x.shape.map((size, i) => (i === channel ? size : 1)),
    count: x.size / x.shape[channel]!,
  };
}

function batchNorm({ x, gamma, beta }: Inputs, attributes: BatchNormAttributes): Tensor[] {
  const { axes, broadcast } = channelView(x!, attributes);
  const { mean, variance } = moments(x!, axes);
  const scale = mul(gamma!, rsqrt(add(variance, attributes.eps)));
  const centred = sub(x!, reshape(mean, broadcast));
  return [add(mul(centred, reshape(scale, broadcast)), reshape(beta!, broadcast)), mean, variance];
}

function batchNormGradient({ dy, x, gamma, mean, variance }: Inputs, attributes: BatchNormAttributes): Tensor[] {
  const { axes, broadcast, count } = channelView(x!, attributes);
  const inverseStd = rsqrt(add(variance!, attributes.eps));
  const normalised = mul(sub(x!, reshape(mean!, broadcast)), reshape(inverseStd, broadcast));
  const dBeta = sum(dy!, axes);
  const dGamma = sum(mul(dy!, normalised), axes);
  const inner = sub(
    sub(dy!, reshape(div(dBeta, count), broadcast)),
    mul(normalised, reshape(div(dGamma, count), broadcast)),
  );
  return [mul(inner, reshape(mul(gamma!, inverseStd), broadcast)), dGamma, dBeta];
}

function siluGradient({ dy, x }: Inputs): Tensor[] {
  const s = sigmoid(x!);
  return [mul(mul(dy!, s), add(1, mul(x!, sub(1, s))))];
}

/** Registers Polarline's kernels on a tfjs backend that has TensorFlow's stock kernels. */
export function registerComposedKernels(backendName: string): void {
  const register = (kernelName: string, compute: (inputs: Inputs, attributes: unknown) => Tensor[]): void => {
    const kernelFunc: KernelFunc = ({ inputs, attrs }) => {
      // tfjs hands kernels the caller's tensors, typed as their infos.
      const outputs: TensorInfo[] = engine().tidy(() => compute(inputs as unknown as Inputs, attrs));
      return outputs.length === 1 ? outputs[0]! : outputs;
    };
    registerKernel({ kernelName, backendName, kernelFunc });
  };
  const conv = (attributes: unknown): ConvolutionAttributes => convolutionAttributes(attributes as never);
  const norm = (attributes: unknown): BatchNormAttributes => batchNormAttributes(attributes as never);
  register(CONVOLUTION, (inputs, attributes) => convolve(inputs, conv(attributes)));
  register(CONVOLUTION_INPUT_GRADIENT, (inputs, attributes) => inputGradient(inputs, conv(attributes)));
  register(CONVOLUTION_WEIGHT_GRADIENT, (inputs, attributes) => weightGradient(inputs, conv(attributes)));
  register(BATCH_NORM, (inputs, attributes) => batchNorm(inputs, norm(attributes)));
  register(BATCH_NORM_GRADIENT, (inputs, attributes) => batchNormGradient(inputs, norm(attributes)));
  register(SILU, ({ x }) => [mul(x!, sigmoid(x!))]);
  register(SILU_GRADIENT, (inputs) => siluGradient(inputs));
}
