import { CONVOLUTION, CONVOLUTION_INPUT_GRADIENT, CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import type { GraphNode } from '../graph/graph.js';
import {
  convAttributes,
  convolutionShape,
  flipped,
  fromNchw,
  inputAtKernelPositions,
  nchwShape,
  padded,
  toNchw,
  type ConvolutionShape,
} from './convolution-parts.js';
import type { LoweringContext, LoweringRule } from './lowering.js';

/**
 * Convolutions and their gradients by standard ONNX operators, right on every execution provider. In
 * CNHW a 1x1 convolution is a matrix product; anything else is transposed around Conv.
 */
export const PLAIN_CONVOLUTION_RULES: Readonly<Record<string, LoweringRule>> = {
  [CONVOLUTION]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isPointwise && shape.layout === 'CNHW') return [pointwiseForward(node, shape, context)];
    const { builder, name } = context;
    const x = toNchw(builder, name(node.inputs['x']!), shape.layout);
    const y = builder.op('Conv', [x, name(node.inputs['weight']!)], { attributes: convAttributes(shape) });
    return [fromNchw(builder, y, shape.layout)];
  },

  [CONVOLUTION_INPUT_GRADIENT]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isPointwise && shape.layout === 'CNHW') return [pointwiseInputGradient(node, shape, context)];
    const { builder, name } = context;
    const dy = toNchw(builder, name(node.inputs['dy']!), shape.layout);
    const weight = name(node.inputs['weight']!);
    const dx =
      shape.stride === 1
        ? correlationWithFlippedWeights(dy, weight, shape, context)
        : transposedConvolution(dy, weight, shape, context);
    return [fromNchw(builder, dx, shape.layout)];
  },

  [CONVOLUTION_WEIGHT_GRADIENT]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isPointwise && shape.layout === 'CNHW') return [pointwiseWeightGradient(node, shape, context)];
    const { builder, name } = context;
    const x = toNchw(builder, name(node.inputs['x']!), shape.layout);
    const dy = toNchw(builder, name(node.inputs['dy']!), shape.layout);
    return [
      shape.isDepthwise ? depthwiseWeightGradient(x, dy, shape, context) : denseWeightGradient(x, dy, shape, context),
    ];
  },
};

/** Y = W X with X as [channels, batch * height * width]. */
export function pointwiseForward(node: GraphNode, shape: ConvolutionShape, { builder, name }: LoweringContext): string {
  const { x, weight } = matrices(shape);
  const product = builder.op('MatMul', [
    builder.reshape(name(node.inputs['weight']!), shape.weightShape, weight),
    builder.reshape(name(node.inputs['x']!), shape.inputShape, x),
  ]);
  return builder.reshape(product, [weight[0]!, x[1]!], shape.outputShape);
}

/** dX = Wᵀ dY. */
export function pointwiseInputGradient(
  node: GraphNode,
  shape: ConvolutionShape,
  { builder, name }: LoweringContext,
): string {
  const { x, y, weight } = matrices(shape);
  const product = builder.op(
    'Gemm',
    [
      builder.reshape(name(node.inputs['weight']!), shape.weightShape, weight),
      builder.reshape(name(node.inputs['dy']!), shape.outputShape, y),
    ],
    { attributes: { transA: { int: 1 } } },
  );
  return builder.reshape(product, x, shape.inputShape);
}

/** dW = dY Xᵀ. */
export function pointwiseWeightGradient(
  node: GraphNode,
  shape: ConvolutionShape,
  { builder, name }: LoweringContext,
): string {
  const { x, y, weight } = matrices(shape);
  const product = builder.op(
    'Gemm',
    [
      builder.reshape(name(node.inputs['dy']!), shape.outputShape, y),
      builder.reshape(name(node.inputs['x']!), shape.inputShape, x),
    ],
    { attributes: { transB: { int: 1 } } },
  );
  return builder.reshape(product, weight, shape.weightShape);
}

function matrices(shape: ConvolutionShape): { x: number[]; y: number[]; weight: number[] } {
  const pixels = shape.input.batch * shape.input.height * shape.input.width;
  const [inChannels, outChannels] = [shape.channelsInGroup, shape.outChannels];
  return { x: [inChannels, pixels], y: [outChannels, pixels], weight: [outChannels, inChannels] };
}

/** Input gradient at stride 1: a convolution of dY with the weights turned by 180 degrees, in NCHW. */
export function correlationWithFlippedWeights(
  dy: string,
  weight: string,
  shape: ConvolutionShape,
  { builder }: LoweringContext,
): string {
  const { kernelHeight, kernelWidth, padding, groups } = shape;
  const inOut = shape.isDepthwise ? weight : builder.transpose(weight, [1, 0, 2, 3]);
  return builder.op('Conv', [dy, flipped(builder, inOut, kernelHeight, kernelWidth)], {
    attributes: {
      kernel_shape: { ints: [kernelHeight, kernelWidth] },
      pads: {
        ints: [
          kernelHeight - 1 - padding.top,
          kernelWidth - 1 - padding.left,
          kernelHeight - 1 - padding.bottom,
          kernelWidth - 1 - padding.right,
        ],
      },
      group: { int: groups },
    },
  });
}

/** Input gradient at any stride, in NCHW; rows and columns that no output saw get zero. */
export function transposedConvolution(
  dy: string,
  weight: string,
  shape: ConvolutionShape,
  { builder }: LoweringContext,
): string {
  const { input, output, stride, padding, kernelHeight, kernelWidth, groups } = shape;
  const rest = (size: number, outputSize: number, pads: number, kernel: number): number =>
    size - ((outputSize - 1) * stride - pads + kernel);
  return builder.op('ConvTranspose', [dy, weight], {
    attributes: {
      kernel_shape: { ints: [kernelHeight, kernelWidth] },
      strides: { ints: [stride, stride] },
      pads: { ints: [padding.top, padding.left, padding.bottom, padding.right] },
      output_padding: {
        ints: [
          rest(input.height, output.height, padding.top + padding.bottom, kernelHeight),
          rest(input.width, output.width, padding.left + padding.right, kernelWidth),
        ],
      },
      group: { int: groups },
    },
  });
}

/** dW[o, i, k] = sum over batch and pixels of dY[o] X[i] at kernel position k: one product a picture. */
function denseWeightGradient(x: string, dy: string, shape: ConvolutionShape, context: LoweringContext): string {
  const { builder } = context;
  const { columns, rows, dyShape } = weightGradientOperands(x, shape, context);
  const product = builder.op('MatMul', [
    builder.reshape(dy, nchwShape(shape.output), dyShape),
    builder.transpose(columns, [0, 2, 1]),
  ]);
  return weightFromProducts(product, rows, shape, context);
}

interface WeightGradientOperands {
  /** Input at all kernel positions, side by side on channels: [batch, positions * channels, pixels]. */
  readonly columns: string;
  /** positions * channels. */
  readonly rows: number;
  readonly dyShape: readonly number[];
}

/** The input side of the weight gradient, and the shapes in which both sides meet. */
function weightGradientOperands(
  x: string,
  shape: ConvolutionShape,
  { builder }: LoweringContext,
): WeightGradientOperands {
  const positions = inputAtKernelPositions(builder, padded(builder, x, shape), shape);
  const columns =
    positions.length === 1 ? positions[0]! : builder.op('Concat', positions, { attributes: { axis: { int: 1 } } });
  const rows = positions.length * shape.channelsInGroup;
  const pixels = shape.output.height * shape.output.width;
  const { batch, height, width } = shape.output;
  return {
    columns: builder.reshape(columns, [batch, rows, height, width], [batch, rows, pixels]),
    rows,
    dyShape: [batch, shape.outChannels, pixels],
  };
}

/** [batch, out, positions * in] to [out, in, kernelHeight, kernelWidth]. */
function weightFromProducts(
  product: string,
  rows: number,
  shape: ConvolutionShape,
  { builder }: LoweringContext,
): string {
  const { outChannels, channelsInGroup, kernelHeight, kernelWidth, weightShape } = shape;
  const summed = builder.op('ReduceSum', [product, builder.ints([0])], { attributes: { keepdims: { int: 0 } } });
  if (kernelHeight * kernelWidth === 1) return builder.reshape(summed, [outChannels, rows], weightShape);
  const positionsFirst = [outChannels, kernelHeight * kernelWidth, channelsInGroup];
  const byPosition = builder.reshape(summed, [outChannels, rows], positionsFirst);
  return builder.reshape(
    builder.transpose(byPosition, [0, 2, 1]),
    [outChannels, channelsInGroup, kernelHeight * kernelWidth],
    weightShape,
  );
}

/** dW[c, k] = sum over batch and pixels of dY[c] X[c] at kernel position k. */
function depthwiseWeightGradient(x: string, dy: string, shape: ConvolutionShape, { builder }: LoweringContext): string {
  const sums = inputAtKernelPositions(builder, padded(builder, x, shape), shape).map((part) => {
    const product = builder.op('Mul', [part, dy]);
    const sum = builder.op('ReduceSum', [product, builder.ints([0, 2, 3])], { attributes: { keepdims: { int: 0 } } });
    return builder.reshape(sum, [shape.outChannels], [shape.outChannels, 1]);
  });
  const joined = sums.length === 1 ? sums[0]! : builder.op('Concat', sums, { attributes: { axis: { int: 1 } } });
  return builder.reshape(joined, [shape.outChannels, sums.length], shape.weightShape);
}
