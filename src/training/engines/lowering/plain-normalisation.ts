import {
  BATCH_NORM,
  BATCH_NORM_GRADIENT,
  batchNormAttributes,
  channelAxis,
  SILU,
  SILU_GRADIENT,
} from '../../kernels/index.js';
import { elementCount, type GraphNode } from '../graph/graph.js';
import type { LoweringContext, LoweringRule } from './lowering.js';

/** Batch norm and SiLU composed of standard ONNX operators, for every execution provider. */
export const PLAIN_NORMALISATION_RULES: Readonly<Record<string, LoweringRule>> = {
  [BATCH_NORM]: (node, context) => {
    const { builder } = context;
    const { x, gamma, beta } = namedInputs(node, context, ['x', 'gamma', 'beta']);
    const { reducedAxes, eps } = channelView(node);
    const axes = builder.ints(reducedAxes);
    const mean = builder.op('ReduceMean', [x, axes], { attributes: { keepdims: { int: 1 } } });
    const centred = builder.op('Sub', [x, mean]);
    const variance = builder.op('ReduceMean', [builder.op('Mul', [centred, centred]), axes], {
      attributes: { keepdims: { int: 1 } },
    });
    const inverseStd = builder.op('Reciprocal', [
      builder.op('Sqrt', [builder.op('Add', [variance, builder.float(eps)])]),
    ]);
    const scale = builder.op('Mul', [inverseStd, perChannel(node, gamma, context)]);
    const y = builder.op('Add', [builder.op('Mul', [centred, scale]), perChannel(node, beta, context)]);
    const channels = [node.outputs[1]!.shape[0]!];
    return [y, flat(context, mean, channels), flat(context, variance, channels)];
  },

  [BATCH_NORM_GRADIENT]: (node, context) => {
    const { builder } = context;
    const { dy, x, gamma, mean, variance } = namedInputs(node, context, ['dy', 'x', 'gamma', 'mean', 'variance']);
    const { reducedAxes, eps, count } = channelView(node);
    const axes = builder.ints(reducedAxes);
    const sum = (value: string): string =>
      builder.op('ReduceSum', [value, axes], { attributes: { keepdims: { int: 0 } } });
    const centred = builder.op('Sub', [x, perChannel(node, mean, context)]);
    const inverseStd = builder.op('Reciprocal', [
      builder.op('Sqrt', [builder.op('Add', [variance, builder.float(eps)])]),
    ]);
    const dBeta = sum(dy);
    const dGamma = builder.op('Mul', [sum(builder.op('Mul', [dy, centred])), inverseStd]);
    // dx = gamma/std * (dy - mean(dy) - (x - mean)/std * mean(dy * (x - mean)/std))
    const scale = builder.op('Mul', [gamma, inverseStd]);
    const perCount = builder.float(1 / count);
    const slope = builder.op('Mul', [builder.op('Mul', [dGamma, inverseStd]), perCount]);
    const offset = builder.op('Mul', [dBeta, perCount]);
    const inner = builder.op('Sub', [
      builder.op('Sub', [dy, perChannel(node, offset, context)]),
      builder.op('Mul', [centred, perChannel(node, slope, context)]),
    ]);
    return [builder.op('Mul', [inner, perChannel(node, scale, context)]), dGamma, dBeta];
  },

  [SILU]: ({ inputs }, { builder, name }) => {
    const x = name(inputs['x']!);
    return [builder.op('Mul', [x, builder.op('Sigmoid', [x])])];
  },

  [SILU_GRADIENT]: ({ inputs }, { builder, name }) => {
    // d silu = s * (1 + x * (1 - s)), with s = sigmoid(x)
    const [x, dy] = [name(inputs['x']!), name(inputs['dy']!)];
    const s = builder.op('Sigmoid', [x]);
    const one = builder.float(1);
    const inner = builder.op('Add', [builder.op('Mul', [x, builder.op('Sub', [one, s])]), one]);
    return [builder.op('Mul', [builder.op('Mul', [dy, s]), inner])];
  },
};

export function namedInputs<K extends string>(
  node: GraphNode,
  { name }: LoweringContext,
  names: readonly K[],
): Record<K, string> {
  return Object.fromEntries(names.map((key) => [key, name(node.inputs[key]!)])) as Record<K, string>;
}

export interface ChannelView {
  readonly eps: number;
  readonly channels: number;
  /** Elements of one channel. */
  readonly count: number;
  readonly reducedAxes: readonly number[];
  /** [1, C, 1, 1] and the like: a vector of channels against x. */
  readonly broadcastShape: readonly number[];
}

/** How the channels of a batch norm lie in its input. */
export function channelView(node: GraphNode): ChannelView {
  const { eps, layout } = batchNormAttributes(node.attributes);
  const { shape } = node.inputs['x']!;
  const axis = channelAxis(layout);
  const channels = shape[axis]!;
  return {
    eps,
    channels,
    count: elementCount(shape) / channels,
    reducedAxes: shape.map((_, i) => i).filter((i) => i !== axis),
    broadcastShape: shape.map((_, i) => (i === axis ? channels : 1)),
  };
}

/** A [C] vector shaped to broadcast against the node's x. */
export function perChannel(node: GraphNode, vector: string, { builder }: LoweringContext): string {
  const { channels, broadcastShape } = channelView(node);
  return builder.reshape(vector, [channels], broadcastShape);
}

function flat({ builder }: LoweringContext, value: string, shape: readonly number[]): string {
  return builder.op('Reshape', [value, builder.ints(shape)]);
}
