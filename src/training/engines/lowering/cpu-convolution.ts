import { CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import { convAttributes, convolutionShape, nchwShape, toNchw, type ConvolutionShape } from './convolution-parts.js';
import type { LoweringContext, LoweringRule } from './lowering.js';
import { MICROSOFT_DOMAIN } from './onnx-builder.js';
import { PLAIN_CONVOLUTION_RULES } from './plain-convolution.js';

const plainWeightGradient = PLAIN_CONVOLUTION_RULES[CONVOLUTION_WEIGHT_GRADIENT]!;

/**
 * Dense convolutions on the CPU: dW is one product a picture of dY with the input at all kernel positions, summed over
 * the batch; FusedMatMul takes the transpose that makes it four times slower.
 */
export const CPU_CONVOLUTION_RULES: Readonly<Record<string, LoweringRule>> = {
  [CONVOLUTION_WEIGHT_GRADIENT]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isDepthwise || (shape.isPointwise && shape.layout === 'CNHW')) return plainWeightGradient(node, context);
    const { builder, name } = context;
    const { outChannels, channelsInGroup, kernelHeight, kernelWidth, output, weightShape } = shape;
    const { batch, height, width } = output;
    const [pixels, columns] = [height * width, channelsInGroup * kernelHeight * kernelWidth];
    const dy = toNchw(builder, name(node.inputs['dy']!), shape.layout);
    const x = toNchw(builder, name(node.inputs['x']!), shape.layout);
    const product = builder.op(
      'FusedMatMul',
      [
        builder.reshape(dy, nchwShape(output), [batch, outChannels, pixels]),
        builder.reshape(
          inputAtKernelPositions(x, shape, context),
          [batch, columns, height, width],
          [batch, columns, pixels],
        ),
      ],
      { domain: MICROSOFT_DOMAIN, attributes: { transB: { int: 1 } } },
    );
    const summed = builder.op('ReduceSum', [product, builder.ints([0])], { attributes: { keepdims: { int: 0 } } });
    return [builder.reshape(summed, [outChannels, columns], weightShape)];
  },
};

/**
 * The input at every kernel position, [batch, channels * positions, height, width of dY]: a convolution whose kernels
 * are one at one position. It gathers on all threads, at any stride, where Pad and nine Slices run on one
 * (3x3, 24 channels at 112 px: 3.5 against 18.2 ms at stride 2, 6.4 against 8.5 ms at stride 1).
 */
function inputAtKernelPositions(x: string, shape: ConvolutionShape, context: LoweringContext): string {
  if (shape.isPointwise) return x;
  const attributes = { ...convAttributes(shape), group: { int: shape.channelsInGroup } };
  return context.builder.op('Conv', [x, oneHotKernels(shape, context)], { attributes });
}

/** [channels * positions, 1, height, width]: for each channel one kernel a position, row by row. */
function oneHotKernels(
  { channelsInGroup, kernelHeight, kernelWidth }: ConvolutionShape,
  { builder, shared }: LoweringContext,
): string {
  const key = `one-hot kernels ${channelsInGroup}x${kernelHeight}x${kernelWidth}`;
  const positions = kernelHeight * kernelWidth;
  const elements = (): Float32Array =>
    Float32Array.from({ length: channelsInGroup * positions ** 2 }, (_, i) =>
      i % positions === Math.floor(i / positions) % positions ? 1 : 0,
    );
  const kernels =
    shared.get(key) ??
    builder.constant({
      type: 'float32',
      shape: [channelsInGroup * positions, 1, kernelHeight, kernelWidth],
      data: elements(),
    });
  shared.set(key, kernels);
  return kernels;
}
