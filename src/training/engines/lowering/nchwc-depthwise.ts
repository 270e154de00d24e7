import { CONVOLUTION, CONVOLUTION_INPUT_GRADIENT, CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import type { GraphNode } from '../graph/graph.js';
import type { OnnxAttribute } from '../onnx-file/model.js';
import { convolutionShape, flipped, type ConvolutionShape } from './convolution-parts.js';
import type { LoweringContext, LoweringRule, LoweringRules } from './lowering.js';
import { NCHWC_DOMAIN } from './onnx-builder.js';

/**
 * Depthwise convolutions in ONNX Runtime's blocked layout, used directly with weights that change every
 * step. Batch and channels are one axis of C*N independent planes, so CNHW needs no transpose and the
 * weight gradient is a depthwise convolution too, with dY as its kernel. `blockSize` is the processor's
 * (`probeBlockSize`); whatever does not fit it falls back to `plain`.
 */
export function nchwcDepthwiseRules(plain: LoweringRules, blockSize: number): Readonly<Record<string, LoweringRule>> {
  const orPlain =
    (kernel: string, fits: (shape: ConvolutionShape) => boolean, rule: BlockedRule): LoweringRule =>
    (node, context) => {
      const shape = convolutionShape(node);
      const isBlocked =
        shape.isDepthwise &&
        shape.layout === 'CNHW' &&
        (shape.outChannels * shape.input.batch) % blockSize === 0 &&
        fits(shape);
      return isBlocked ? [rule(node, shape, context)] : plain.get(kernel)!(node, context);
    };
  return {
    [CONVOLUTION]: orPlain(CONVOLUTION, () => true, forward),
    [CONVOLUTION_INPUT_GRADIENT]: orPlain(CONVOLUTION_INPUT_GRADIENT, ({ stride }) => stride === 1, inputGradient),
    [CONVOLUTION_WEIGHT_GRADIENT]: orPlain(
      CONVOLUTION_WEIGHT_GRADIENT,
      (shape) => trailingPadding(shape).every((pixels) => pixels >= 0),
      weightGradient,
    ),
  };
}

type BlockedRule = (node: GraphNode, shape: ConvolutionShape, context: LoweringContext) => string;

const forward: BlockedRule = (node, shape, context) => {
  const { padding, stride, kernelHeight, kernelWidth } = shape;
  const { name } = context;
  return unblocked(
    blockedConvolution(
      blocked(name(node.inputs['x']!), shape, shape.input, context),
      blockedWeights(name(node.inputs['weight']!), shape, context),
      shape,
      {
        kernel_shape: { ints: [kernelHeight, kernelWidth] },
        strides: { ints: [stride, stride] },
        pads: { ints: [padding.top, padding.left, padding.bottom, padding.right] },
      },
      context,
    ),
    shape,
    shape.outputShape,
    shape.output,
    context,
  );
};

const inputGradient: BlockedRule = (node, shape, context) => {
  const { padding, kernelHeight, kernelWidth } = shape;
  const { builder, name } = context;
  const turned = flipped(builder, name(node.inputs['weight']!), kernelHeight, kernelWidth);
  return unblocked(
    blockedConvolution(
      blocked(name(node.inputs['dy']!), shape, shape.output, context),
      blockedWeights(turned, shape, context),
      shape,
      {
        kernel_shape: { ints: [kernelHeight, kernelWidth] },
        pads: {
          ints: [
            kernelHeight - 1 - padding.top,
            kernelWidth - 1 - padding.left,
            kernelHeight - 1 - padding.bottom,
            kernelWidth - 1 - padding.right,
          ],
        },
      },
      context,
    ),
    shape,
    shape.inputShape,
    shape.input,
    context,
  );
};

const weightGradient: BlockedRule = (node, shape, context) => {
  const { padding, stride, output, outChannels, input, kernelHeight, kernelWidth, weightShape } = shape;
  const { builder, name } = context;
  const [bottom, right] = trailingPadding(shape);
  const perPicture = blockedConvolution(
    blocked(name(node.inputs['x']!), shape, input, context),
    asKernel(blocked(name(node.inputs['dy']!), shape, output, context), shape, output, context),
    shape,
    {
      kernel_shape: { ints: [output.height, output.width] },
      dilations: { ints: [stride, stride] },
      pads: { ints: [padding.top, padding.left, bottom, right] },
    },
    context,
  );
  const kernelSize = { height: kernelHeight, width: kernelWidth };
  const table = [outChannels, input.batch, kernelHeight * kernelWidth];
  const unblockedGradient = unblocked(perPicture, shape, table, kernelSize, context);
  const summed = builder.op('ReduceSum', [unblockedGradient, builder.ints([1])], {
    attributes: { keepdims: { int: 0 } },
  });
  return builder.reshape(summed, [outChannels, kernelHeight * kernelWidth], weightShape);
};

/** Bottom and right padding with which X against dY as kernel leaves exactly kernel-sized output. */
function trailingPadding({
  input,
  output,
  padding,
  stride,
  kernelHeight,
  kernelWidth,
}: ConvolutionShape): [number, number] {
  const trailing = (size: number, outputSize: number, leading: number, kernel: number): number =>
    kernel + (outputSize - 1) * stride - size - leading;
  return [
    trailing(input.height, output.height, padding.top, kernelHeight),
    trailing(input.width, output.width, padding.left, kernelWidth),
  ];
}

interface Size {
  readonly height: number;
  readonly width: number;
}

const planes = ({ outChannels, input }: ConvolutionShape): number => outChannels * input.batch;

/** [C, N, H, W] as C*N planes in blocked memory order. */
function blocked(x: string, shape: ConvolutionShape, { height, width }: Size, { builder }: LoweringContext): string {
  const channelsFirst = [shape.outChannels, shape.input.batch, height, width];
  const flat = builder.reshape(x, channelsFirst, [1, planes(shape), height, width]);
  return builder.shared('ReorderInput', [flat], { domain: NCHWC_DOMAIN });
}

/** Weights [C, 1, k, k], one copy a picture, in blocked order. */
function blockedWeights(weight: string, shape: ConvolutionShape, context: LoweringContext): string {
  const { builder } = context;
  const { outChannels, input, kernelHeight: height, kernelWidth: width } = shape;
  const copies = builder.op('Expand', [weight, builder.ints([outChannels, input.batch, height, width])]);
  return asKernel(blocked(copies, shape, { height, width }, context), shape, { height, width }, context);
}

/** Blocked planes [1, C*N, h, w] as depthwise kernels [C*N, 1, h, w]: the same memory. */
function asKernel(x: string, shape: ConvolutionShape, { height, width }: Size, { builder }: LoweringContext): string {
  return builder.reshape(x, [1, planes(shape), height, width], [planes(shape), 1, height, width]);
}

function blockedConvolution(
  x: string,
  kernels: string,
  shape: ConvolutionShape,
  attributes: Readonly<Record<string, OnnxAttribute>>,
  { builder }: LoweringContext,
): string {
  return builder.op('Conv', [x, kernels], {
    domain: NCHWC_DOMAIN,
    attributes: { ...attributes, group: { int: planes(shape) } },
  });
}

function unblocked(
  x: string,
  shape: ConvolutionShape,
  resultShape: readonly number[],
  { height, width }: Size,
  { builder }: LoweringContext,
): string {
  const plain = builder.op('ReorderOutput', [x], {
    domain: NCHWC_DOMAIN,
    attributes: { channels: { int: planes(shape) } },
  });
  return builder.reshape(plain, [1, planes(shape), height, width], resultShape);
}
