import { CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import { convolutionShape, inputAtKernelPositions, nchwShape, padded, toNchw } from './convolution-parts.js';
import type { LoweringRule } from './lowering.js';
import { MICROSOFT_DOMAIN } from './onnx-builder.js';
import { PLAIN_CONVOLUTION_RULES } from './plain-convolution.js';

const plainWeightGradient = PLAIN_CONVOLUTION_RULES[CONVOLUTION_WEIGHT_GRADIENT]!;

/**
 * Dense convolutions on the CPU: dW[o, i] at one kernel position is one product of dY with the input shifted
 * there, without the transpose that makes it four times slower and without gathering all positions first
 * (3x3, 24 channels at 64 px: 8.6 against 16.9 ms).
 */
export const CPU_CONVOLUTION_RULES: Readonly<Record<string, LoweringRule>> = {
  [CONVOLUTION_WEIGHT_GRADIENT]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isDepthwise || (shape.isPointwise && shape.layout === 'CNHW')) return plainWeightGradient(node, context);
    const { builder, name } = context;
    const { outChannels, channelsInGroup, input, output, weightShape } = shape;
    const pixels = output.height * output.width;
    const dy = builder.reshape(toNchw(builder, name(node.inputs['dy']!), shape.layout), nchwShape(output), [
      output.batch,
      outChannels,
      pixels,
    ]);
    const x = toNchw(builder, name(node.inputs['x']!), shape.layout);
    const parts = inputAtKernelPositions(builder, padded(builder, x, shape), shape);
    const products = parts.map((part) => {
      const partShape = [input.batch, channelsInGroup, output.height, output.width];
      const product = builder.op(
        'FusedMatMul',
        [dy, builder.reshape(part, partShape, [input.batch, channelsInGroup, pixels])],
        { domain: MICROSOFT_DOMAIN, attributes: { transB: { int: 1 } } },
      );
      return builder.op('ReduceSum', [product, builder.ints([0])], { attributes: { keepdims: { int: 0 } } });
    });
    const matrix = [outChannels, channelsInGroup];
    if (products.length === 1) return [builder.reshape(products[0]!, matrix, weightShape)];
    const byPosition = builder.op(
      'Concat',
      products.map((product) => builder.reshape(product, matrix, [...matrix, 1])),
      { attributes: { axis: { int: 2 } } },
    );
    return [builder.reshape(byPosition, [...matrix, products.length], weightShape)];
  },
};
