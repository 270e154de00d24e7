import { CONVOLUTION, CONVOLUTION_INPUT_GRADIENT } from '../../kernels/index.js';
import type { LoweringContext, LoweringRule, LoweringRules } from './lowering.js';

/** TensorProto.DataType. */
const FLOAT = 1;
const FLOAT16 = 10;

const cast = ({ builder }: LoweringContext, x: string, to: number): string =>
  builder.shared('Cast', [x], { attributes: { to: { int: to } } });

/**
 * Mixed precision: convolutions and their input gradients, nearly all of a step's arithmetic, in half precision. All
 * else stays in single precision: weights, weight gradients (sums over a whole batch), norm statistics, attention,
 * losses and AdamW. Gradients this small need a loss scale.
 */
export function halfPrecisionRules(rules: LoweringRules): Readonly<Record<string, LoweringRule>> {
  const inHalf =
    (kernel: string): LoweringRule =>
    (node, context) =>
      rules.get(kernel)!(node, { ...context, name: (value) => cast(context, context.name(value), FLOAT16) }).map(
        (output) => cast(context, output, FLOAT),
      );
  return {
    [CONVOLUTION]: inHalf(CONVOLUTION),
    [CONVOLUTION_INPUT_GRADIENT]: inHalf(CONVOLUTION_INPUT_GRADIENT),
  };
}
