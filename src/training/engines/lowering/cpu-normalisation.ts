import { BATCH_NORM, BATCH_NORM_GRADIENT, batchNormAttributes, SILU, SILU_GRADIENT } from '../../kernels/index.js';
import { elementCount, type GraphNode, type Value } from '../graph/graph.js';
import type { LoweringContext, LoweringRule } from './lowering.js';
import { MICROSOFT_DOMAIN } from './onnx-builder.js';
import { channelView, namedInputs, perChannel } from './plain-normalisation.js';
import { noteScaledGradient } from './scaled-gradients.js';

/** Batch norm and SiLU in the fewest passes over memory that ONNX Runtime's CPU operators allow. */
export const CPU_NORMALISATION_RULES: Readonly<Record<string, LoweringRule>> = {
  [BATCH_NORM]: (node, context) => {
    const { builder } = context;
    const { x, gamma, beta } = namedInputs(node, context, ['x', 'gamma', 'beta']);
    const { eps, channels } = channelView(node);
    const { shape } = node.inputs['x']!;
    const view = channelMajorView(node);
    // BatchNormalization writes its results over the running statistics it is given: hand it fresh
    // zeros each time, never a weight or a constant.
    const throwAway = (): string => builder.op('ConstantOfShape', [builder.ints([channels])]);
    const [y, mean, variance] = builder.ops(
      'BatchNormalization',
      [builder.reshape(x, shape, view), gamma, beta, throwAway(), throwAway()],
      { outputs: 3, attributes: { epsilon: { float: eps }, momentum: { float: 0 }, training_mode: { int: 1 } } },
    ) as [string, string, string];
    return [builder.reshape(y, view, shape), mean, variance];
  },

  [BATCH_NORM_GRADIENT]: (node, context) => {
    const { builder } = context;
    const { dy, x, gamma, mean, variance } = namedInputs(node, context, ['dy', 'x', 'gamma', 'mean', 'variance']);
    const { eps, count } = channelView(node);
    const inverseStd = builder.op('Reciprocal', [
      builder.op('Sqrt', [builder.op('Add', [variance, builder.float(eps)])]),
    ]);
    const dBeta = channelSum(node, dy, context);
    const moment = builder.op('Sub', [channelDot(node, dy, x, context), builder.op('Mul', [mean, dBeta])]);
    const dGamma = builder.op('Mul', [moment, inverseStd]);
    // dx = gamma/std * (dy + slope * x + offset)
    const minusPerCount = builder.float(-1 / count);
    const slope = builder.op('Mul', [builder.op('Mul', [dGamma, inverseStd]), minusPerCount]);
    const offset = builder.op('Sub', [builder.op('Mul', [dBeta, minusPerCount]), builder.op('Mul', [slope, mean])]);
    const scale = builder.op('Mul', [gamma, inverseStd]);
    const inner = channelAffine(node, { x, slope, offset, addend: dy }, context);
    noteScaledGradient(node.outputs[0]!, inner, scale, context);
    return [builder.op('Mul', [inner, perChannel(node, scale, context)]), dGamma, dBeta];
  },

  [SILU]: ({ inputs }, { builder, name, shared }) => {
    const u = inputs['x']!;
    const s = builder.op('Sigmoid', [name(u)]);
    const z = builder.op('Mul', [name(u), s]);
    shared.set(sigmoidKey(u), s);
    shared.set(siluKey(u), z);
    return [z];
  },

  [SILU_GRADIENT]: ({ inputs }, { builder, name, shared }) => {
    // d silu = s + z (1 - s), with s = sigmoid(u) and z = u s. z stays in memory anyway for the next
    // convolution's weight gradient; keeping s instead of u costs nothing and saves the exponentials.
    const [u, dy] = [inputs['x']!, name(inputs['dy']!)];
    const s = shared.get(sigmoidKey(u)) ?? builder.op('Sigmoid', [name(u)]);
    const z = shared.get(siluKey(u)) ?? builder.op('Mul', [name(u), s]);
    const slope = builder.op('Add', [builder.op('Mul', [builder.op('Sub', [builder.float(1), s]), z]), s]);
    return [builder.op('Mul', [slope, dy])];
  },
};

function siluKey(x: Value): string {
  return `silu of ${x.id}`;
}

function sigmoidKey(x: Value): string {
  return `sigmoid of ${x.id}`;
}

/** x with its channels second and pixels behind them: [1, C, N*H*W] when channels come first, else as it is. */
function channelMajorView(node: GraphNode): readonly number[] {
  const { shape } = node.inputs['x']!;
  const { channels } = channelView(node);
  if (batchNormAttributes(node.attributes).layout === 'CNHW') return [1, channels, elementCount(shape) / channels];
  return shape.length > 2 ? shape : [...shape, 1];
}

/**
 * slope * x + offset + addend, with one slope and offset a channel, in one pass over memory: a depthwise 1x1
 * convolution with a bias, on top of `addend`.
 */
function channelAffine(
  node: GraphNode,
  { x, slope, offset, addend }: Readonly<Record<'x' | 'slope' | 'offset' | 'addend', string>>,
  { builder }: LoweringContext,
): string {
  const { shape } = node.inputs['x']!;
  const { channels } = channelView(node);
  const view = channelMajorView(node);
  const kernel = view.slice(2).map(() => 1);
  const result = builder.op(
    'FusedConv',
    [
      builder.reshape(x, shape, view),
      builder.reshape(slope, [channels], [channels, 1, ...kernel]),
      offset,
      builder.reshape(addend, shape, view),
    ],
    { domain: MICROSOFT_DOMAIN, attributes: { group: { int: channels }, kernel_shape: { ints: kernel } } },
  );
  return builder.reshape(result, view, shape);
}

/** Rows of memory that belong to one channel: [N, C, pixels] or [1, C, all]. */
function rows(node: GraphNode): { outer: number; channels: number; inner: number } {
  const { shape } = node.inputs['x']!;
  const { channels } = channelView(node);
  const outer = batchNormAttributes(node.attributes).layout === 'CNHW' ? 1 : shape[0]!;
  return { outer, channels, inner: elementCount(shape) / (outer * channels) };
}

/** Sum of all elements of each channel. */
function channelSum(node: GraphNode, value: string, { builder }: LoweringContext): string {
  const { shape } = node.inputs['x']!;
  const { outer, channels, inner } = rows(node);
  const flat = builder.reshape(value, shape, [outer * channels, inner]);
  const sums = builder.op('ReduceSum', [flat, builder.ints([1])], { attributes: { keepdims: { int: 0 } } });
  return sumOverBatch(sums, outer, channels, builder);
}

/** Sum of the products of two tensors, by channel: a batch of dot products, without the tensor of products. */
function channelDot(node: GraphNode, a: string, b: string, { builder }: LoweringContext): string {
  const { shape } = node.inputs['x']!;
  const { outer, channels, inner } = rows(node);
  const row = (value: string): string => builder.reshape(value, shape, [outer * channels, 1, inner]);
  const dots = builder.op('FusedMatMul', [row(a), row(b)], {
    domain: MICROSOFT_DOMAIN,
    attributes: { transB: { int: 1 } },
  });
  return sumOverBatch(builder.reshape(dots, [outer * channels, 1, 1], [outer * channels]), outer, channels, builder);
}

function sumOverBatch(values: string, outer: number, channels: number, builder: LoweringContext['builder']): string {
  if (outer === 1) return values;
  const table = builder.reshape(values, [outer * channels], [outer, channels]);
  return builder.op('ReduceSum', [table, builder.ints([0])], { attributes: { keepdims: { int: 0 } } });
}
