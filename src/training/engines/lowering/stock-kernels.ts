import { reductionAxes, sliceBounds, splitSizes } from '../tracing/kernel-types.js';
import type { GraphNode, Value } from '../graph/graph.js';
import type { LoweringContext, LoweringRule } from './lowering.js';

const first = (node: GraphNode): Value => Object.values(node.inputs)[0]!;

/** A kernel that is one ONNX operator on all its inputs. */
const direct =
  (op: string): LoweringRule =>
  (node, { builder, name }) => [builder.op(op, Object.values(node.inputs).map(name))];

const composed =
  (compute: (x: string, context: LoweringContext, node: GraphNode) => string): LoweringRule =>
  (node, context) => [compute(context.name(first(node)), context, node)];

const reduction =
  (op: string): LoweringRule =>
  (node, { builder, name }) => {
    const x = first(node);
    const axes = reductionAxes(x.shape.length, node.attributes);
    if (axes.length === 0) return [name(x)];
    const keepdims = { int: node.attributes['keepDims'] ? 1 : 0 };
    return [builder.op(op, [name(x), builder.ints(axes)], { attributes: { keepdims } })];
  };

const reshape: LoweringRule = (node, { builder, name }) => {
  const x = first(node);
  return [builder.reshape(name(x), x.shape, node.outputs[0]!.shape)];
};

/** Matrix product by standard operators: transposes where tfjs has flags. */
const matrixProduct: LoweringRule = (node, { builder, name }) => {
  const { a, b } = node.inputs as { a: Value; b: Value };
  const { transposeA, transposeB } = node.attributes as { transposeA?: boolean; transposeB?: boolean };
  if (a.shape.length === 2)
    return [
      builder.op('Gemm', [name(a), name(b)], {
        attributes: { transA: { int: transposeA ? 1 : 0 }, transB: { int: transposeB ? 1 : 0 } },
      }),
    ];
  const side = (value: Value, transposed: boolean | undefined): string =>
    transposed ? builder.transpose(name(value), swapLastTwo(value.shape.length)) : name(value);
  return [builder.op('MatMul', [side(a, transposeA), side(b, transposeB)])];
};

function swapLastTwo(rank: number): number[] {
  const perm = Array.from({ length: rank }, (_, i) => i);
  return [...perm.slice(0, -2), rank - 1, rank - 2];
}

const negative = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

/** Standard-ONNX lowerings of the stock tfjs kernels. */
export const STOCK_RULES: Readonly<Record<string, LoweringRule>> = {
  Abs: direct('Abs'),
  Acos: direct('Acos'),
  Ceil: direct('Ceil'),
  Cos: direct('Cos'),
  Exp: direct('Exp'),
  Floor: direct('Floor'),
  Log: direct('Log'),
  LogicalNot: direct('Not'),
  Neg: direct('Neg'),
  Reciprocal: direct('Reciprocal'),
  Relu: direct('Relu'),
  Sigmoid: direct('Sigmoid'),
  Sign: direct('Sign'),
  Sin: direct('Sin'),
  Softplus: direct('Softplus'),
  Sqrt: direct('Sqrt'),
  Tanh: direct('Tanh'),
  Log1p: composed((x, { builder }) => builder.op('Log', [builder.op('Add', [x, builder.float(1)])])),
  Rsqrt: composed((x, { builder }) => builder.op('Reciprocal', [builder.op('Sqrt', [x])])),
  Square: composed((x, { builder }) => builder.op('Mul', [x, x])),
  Step: composed((x, { builder }, node) => {
    const above = builder.op('Greater', [x, builder.float(0)]);
    const below = (node.attributes['alpha'] as number | undefined) ?? 0;
    return builder.op('Where', [above, builder.float(1), builder.float(below)]);
  }),
  ClipByValue: composed((x, { builder }, node) =>
    builder.op('Clip', [
      x,
      builder.float(node.attributes['clipValueMin'] as number),
      builder.float(node.attributes['clipValueMax'] as number),
    ]),
  ),
  Identity: composed((x) => x),
  Cast: composed((x, { builder }, node) => {
    const to = { float32: 1, int32: 6, bool: 9 }[node.attributes['dtype'] as string];
    if (to === undefined) throw new TypeError(`Cast: no ONNX type for ${node.attributes['dtype'] as string}`);
    return builder.op('Cast', [x], { attributes: { to: { int: to } } });
  }),

  Add: direct('Add'),
  AddN: direct('Sum'),
  Maximum: direct('Max'),
  Minimum: direct('Min'),
  Multiply: direct('Mul'),
  Pow: direct('Pow'),
  RealDiv: direct('Div'),
  Sub: direct('Sub'),
  SquaredDifference: ({ inputs }, { builder, name }) => {
    const difference = builder.op('Sub', [name(inputs['a']!), name(inputs['b']!)]);
    return [builder.op('Mul', [difference, difference])];
  },
  Equal: direct('Equal'),
  Greater: direct('Greater'),
  GreaterEqual: direct('GreaterOrEqual'),
  Less: direct('Less'),
  LessEqual: direct('LessOrEqual'),
  LogicalAnd: direct('And'),
  LogicalOr: direct('Or'),
  NotEqual: ({ inputs }, { builder, name }) => [
    builder.op('Not', [builder.op('Equal', [name(inputs['a']!), name(inputs['b']!)])]),
  ],
  Select: ({ inputs }, { builder, name }) => [
    builder.op('Where', [name(inputs['condition']!), name(inputs['t']!), name(inputs['e']!)]),
  ],

  Max: reduction('ReduceMax'),
  Mean: reduction('ReduceMean'),
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  Sum: reduction('ReduceSum'),

  BatchMatMul: matrixProduct,
  LogSoftmax: composed((x, { builder }) => builder.op('LogSoftmax', [x], { attributes: { axis: { int: -1 } } })),
  Softmax: composed((x, { builder }) => builder.op('Softmax', [x], { attributes: { axis: { int: -1 } } })),

  BroadcastTo: composed((x, { builder }, node) => builder.op('Expand', [x, builder.ints(node.outputs[0]!.shape)])),
  Concat: (node, { builder, name }) => {
    const axis = { int: node.attributes['axis'] as number };
    return [builder.op('Concat', Object.values(node.inputs).map(name), { attributes: { axis } })];
  },
  ExpandDims: reshape,
  GatherV2: ({ inputs, attributes }, { builder, name }) => [
    builder.op('Gather', [name(inputs['x']!), name(inputs['indices']!)], {
      attributes: { axis: { int: attributes['axis'] as number } },
    }),
  ],
  Pack: (node, { builder, name }) => {
    const at = negative(node.attributes['axis'] as number, node.outputs[0]!.shape.length);
    const parts = Object.values(node.inputs).map((part) =>
      builder.reshape(name(part), part.shape, [...part.shape.slice(0, at), 1, ...part.shape.slice(at)]),
    );
    return [builder.op('Concat', parts, { attributes: { axis: { int: at } } })];
  },
  PadV2: composed((x, { builder }, node) => {
    const paddings = node.attributes['paddings'] as [number, number][];
    const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const value = builder.float((node.attributes['constantValue'] as number | undefined) ?? 0);
    return builder.op('Pad', [x, builder.ints(pads), value]);
  }),
  Reshape: reshape,
  Slice: (node, { builder, name }) => {
    const x = first(node);
    const { begin, size } = sliceBounds(x.shape, node.attributes);
    const cut = begin.flatMap((start, axis) => (size[axis] === x.shape[axis] ? [] : [{ axis, start }]));
    if (cut.length === 0) return [name(x)];
    return [
      builder.op('Slice', [
        name(x),
        builder.ints(cut.map(({ start }) => start)),
        builder.ints(cut.map(({ axis, start }) => start + size[axis]!)),
        builder.ints(cut.map(({ axis }) => axis)),
      ]),
    ];
  },
  SplitV: (node, { builder, name }) => {
    const x = first(node);
    const axis = negative(node.attributes['axis'] as number, x.shape.length);
    const sizes = splitSizes(x.shape[axis]!, node.attributes['numOrSizeSplits'] as number | number[]);
    return builder.ops('Split', [name(x), builder.ints(sizes)], {
      attributes: { axis: { int: axis } },
      outputs: sizes.length,
    });
  },
  Tile: composed((x, { builder }, node) => builder.op('Tile', [x, builder.ints(node.attributes['reps'] as number[])])),
  Transpose: composed((x, { builder }, node) => builder.transpose(x, node.attributes['perm'] as number[])),
  Unpack: (node, { builder, name }) => {
    const x = first(node);
    const axis = negative(node.attributes['axis'] as number, x.shape.length);
    const parts = builder.ops('Split', [name(x), builder.ints(node.outputs.map(() => 1))], {
      attributes: { axis: { int: axis } },
      outputs: node.outputs.length,
    });
    return parts.map((part, i) =>
      builder.reshape(
        part,
        x.shape.map((size, j) => (j === axis ? 1 : size)),
        node.outputs[i]!.shape,
      ),
    );
  },
};
