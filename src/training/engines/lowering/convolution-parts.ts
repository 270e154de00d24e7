import {
  activationShape,
  activationSizes,
  convolutionAttributes,
  convolutionOutputShape,
  type ActivationSizes,
  type ConvolutionAttributes,
  type Layout,
} from '../../kernels/index.js';
import type { GraphNode } from '../graph/graph.js';
import type { OnnxAttribute } from '../onnx-file/model.js';
import type { OnnxBuilder } from './onnx-builder.js';

/** A convolution's sizes, as every lowering needs them. */
export interface ConvolutionShape extends ConvolutionAttributes {
  readonly input: ActivationSizes;
  readonly output: ActivationSizes;
  readonly outputShape: readonly number[];
  readonly outChannels: number;
  readonly channelsInGroup: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly isPointwise: boolean;
  readonly isDepthwise: boolean;
}

export function convolutionShape(node: GraphNode): ConvolutionShape {
  const attributes = convolutionAttributes(node.attributes);
  const outputShape = convolutionOutputShape(attributes);
  const [outChannels, channelsInGroup, kernelHeight, kernelWidth] = attributes.weightShape as [
    number,
    number,
    number,
    number,
  ];
  const { top, right, bottom, left } = attributes.padding;
  return {
    ...attributes,
    input: activationSizes(attributes.inputShape, attributes.layout),
    output: activationSizes(outputShape, attributes.layout),
    outputShape,
    outChannels,
    channelsInGroup,
    kernelHeight,
    kernelWidth,
    isPointwise:
      kernelHeight === 1 &&
      kernelWidth === 1 &&
      attributes.stride === 1 &&
      attributes.groups === 1 &&
      top + right + bottom + left === 0,
    isDepthwise: attributes.groups > 1 && channelsInGroup === 1 && outChannels === attributes.groups,
  };
}

/** Attributes of ONNX Conv for this convolution. */
export function convAttributes(shape: ConvolutionShape): Record<string, OnnxAttribute> {
  const { stride, padding, groups, kernelHeight, kernelWidth } = shape;
  return {
    kernel_shape: { ints: [kernelHeight, kernelWidth] },
    strides: { ints: [stride, stride] },
    pads: { ints: [padding.top, padding.left, padding.bottom, padding.right] },
    group: { int: groups },
  };
}

/** Swaps batch and channels where the layout is CNHW; ONNX's own operators want NCHW. */
export function toNchw(builder: OnnxBuilder, x: string, layout: Layout): string {
  return layout === 'NCHW' ? x : builder.transpose(x, [1, 0, 2, 3]);
}

export const fromNchw = toNchw;

export function nchwShape(sizes: ActivationSizes): readonly number[] {
  return activationShape(sizes, 'NCHW');
}

/** Weights turned by 180 degrees. */
export function flipped(builder: OnnxBuilder, weight: string, kernelHeight: number, kernelWidth: number): string {
  if (kernelHeight === 1 && kernelWidth === 1) return weight;
  // Backwards slices: from the last element down to, and with, the first.
  const beforeFirst = -2_147_483_647;
  return builder.op('Slice', [
    weight,
    builder.ints([-1, -1]),
    builder.ints([beforeFirst, beforeFirst]),
    builder.ints([2, 3]),
    builder.ints([-1, -1]),
  ]);
}

/** x with the convolution's zero padding around it, in NCHW. */
export function padded(builder: OnnxBuilder, x: string, shape: ConvolutionShape): string {
  const { top, left, bottom, right } = shape.padding;
  if (top + left + bottom + right === 0) return x;
  return builder.op('Pad', [x, builder.ints([0, 0, top, left, 0, 0, bottom, right]), builder.float(0)]);
}

/** For every kernel position, row by row, the part of the padded input that it multiplies: like dY in size. */
export function inputAtKernelPositions(builder: OnnxBuilder, paddedInput: string, shape: ConvolutionShape): string[] {
  const { kernelHeight, kernelWidth, stride, output } = shape;
  const positions: string[] = [];
  for (let ky = 0; ky < kernelHeight; ky++)
    for (let kx = 0; kx < kernelWidth; kx++)
      positions.push(
        builder.op('Slice', [
          paddedInput,
          builder.ints([ky, kx]),
          builder.ints([ky + (output.height - 1) * stride + 1, kx + (output.width - 1) * stride + 1]),
          builder.ints([2, 3]),
          builder.ints([stride, stride]),
        ]),
      );
  return positions;
}
