import { CONVOLUTION_INPUT_GRADIENT, CONVOLUTION_WEIGHT_GRADIENT } from '../../kernels/index.js';
import { elementCount, type Value } from '../graph/graph.js';
import { convolutionShape } from './convolution-parts.js';
import type { LoweringContext, LoweringRule, LoweringRules } from './lowering.js';

/** Weights must be this much smaller than the activation whose scaling they take over. */
const WORTHWHILE = 2;

/**
 * Batch norm's gradient is a tensor times one factor a channel, and what reads it is the convolution in front:
 * dX = Wᵀ (f dY) = (f W)ᵀ dY and dW = (f dY) Xᵀ = f (dY Xᵀ). Where the weights are the smaller tensor they
 * take the factor, and one pass over the activations is saved.
 */
export function withScaledGradients(rules: LoweringRules): Readonly<Record<string, LoweringRule>> {
  return {
    [CONVOLUTION_INPUT_GRADIENT]: (node, context) => {
      const rule = rules.get(CONVOLUTION_INPUT_GRADIENT)!;
      const [dy, weight] = [node.inputs['dy']!, node.inputs['weight']!];
      const scaled = scaledGradient(dy, weight.shape, context);
      if (scaled === undefined) return rule(node, context);
      const scaledWeight = timesOutChannel(context.name(weight), scaled.factor, weight.shape, context);
      return rule(node, {
        ...context,
        name: (value) => (value === dy ? scaled.tensor : value === weight ? scaledWeight : context.name(value)),
      });
    },

    [CONVOLUTION_WEIGHT_GRADIENT]: (node, context) => {
      const rule = rules.get(CONVOLUTION_WEIGHT_GRADIENT)!;
      const dy = node.inputs['dy']!;
      const { weightShape } = convolutionShape(node);
      const scaled = scaledGradient(dy, weightShape, context);
      if (scaled === undefined) return rule(node, context);
      const [gradient] = rule(node, {
        ...context,
        name: (value) => (value === dy ? scaled.tensor : context.name(value)),
      });
      return [timesOutChannel(gradient!, scaled.factor, weightShape, context)];
    },
  };
}

/** Notes that `gradient` is `tensor` times `factor` (one number a channel). */
export function noteScaledGradient(gradient: Value, tensor: string, factor: string, context: LoweringContext): void {
  context.shared.set(tensorKey(gradient), tensor);
  context.shared.set(factorKey(gradient), factor);
}

function scaledGradient(
  dy: Value,
  weightShape: readonly number[],
  { shared }: LoweringContext,
): { tensor: string; factor: string } | undefined {
  const [tensor, factor] = [shared.get(tensorKey(dy)), shared.get(factorKey(dy))];
  const pays = elementCount(weightShape) * WORTHWHILE < elementCount(dy.shape);
  return tensor !== undefined && factor !== undefined && pays ? { tensor, factor } : undefined;
}

function timesOutChannel(
  weight: string,
  factor: string,
  weightShape: readonly number[],
  { builder }: LoweringContext,
): string {
  const channels = weightShape[0]!;
  return builder.op('Mul', [weight, builder.reshape(factor, [channels], [channels, 1, 1, 1])]);
}

const tensorKey = ({ id }: Value): string => `gradient ${id} before its factor`;
const factorKey = ({ id }: Value): string => `factor of gradient ${id}`;
