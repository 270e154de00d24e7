import { CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import { convolutionShape, nchwShape, toNchw } from './convolution-parts.js';
import type { LoweringRule } from './lowering.js';
import { MICROSOFT_DOMAIN } from './onnx-builder.js';
import { PLAIN_CONVOLUTION_RULES, weightFromProducts, weightGradientOperands } from './plain-convolution.js';

const plainWeightGradient = PLAIN_CONVOLUTION_RULES[CONVOLUTION_WEIGHT_GRADIENT]!;

/** Dense convolutions on the CPU: the weight gradient without the transpose that makes it four times slower. */
export const CPU_CONVOLUTION_RULES: Readonly<Record<string, LoweringRule>> = {
  [CONVOLUTION_WEIGHT_GRADIENT]: (node, context) => {
    const shape = convolutionShape(node);
    if (shape.isDepthwise || (shape.isPointwise && shape.layout === 'CNHW')) return plainWeightGradient(node, context);
    const { builder, name } = context;
    const x = toNchw(builder, name(node.inputs['x']!), shape.layout);
    const dy = toNchw(builder, name(node.inputs['dy']!), shape.layout);
    const { columns, rows, dyShape } = weightGradientOperands(x, shape, context);
    const product = builder.op('FusedMatMul', [builder.reshape(dy, nchwShape(shape.output), dyShape), columns], {
      domain: MICROSOFT_DOMAIN,
      attributes: { transB: { int: 1 } },
    });
    return [weightFromProducts(product, rows, shape, context)];
  },
};
