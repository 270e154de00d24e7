import { slice_util, type NamedAttrMap } from '@tensorflow/tfjs-core';
import {
  BATCH_NORM,
  BATCH_NORM_GRADIENT,
  CONVOLUTION,
  CONVOLUTION_INPUT_GRADIENT,
  CONVOLUTION_WEIGHT_GRADIENT,
  convolutionAttributes,
  convolutionOutputShape,
  SILU,
  SILU_GRADIENT,
} from '../../kernels/index.js';
import { broadcastShape, type DataType, type TensorType } from '../graph/graph.js';
import { ARITHMETIC_KERNELS, COMPARISON_KERNELS, REDUCTION_KERNELS, UNARY_KERNELS } from '../graph/kernel-families.js';

export type InputTypes = Readonly<Record<string, TensorType>>;
/** Shapes and types of a kernel's results from those of its inputs. */
export type TypeRule = (inputs: InputTypes, attributes: NamedAttrMap) => TensorType[];

const first = (inputs: InputTypes): TensorType => Object.values(inputs)[0]!;
const like = (type: TensorType, shape: readonly number[]): TensorType[] => [{ shape, dtype: type.dtype }];
const sameAsFirst: TypeRule = (inputs) => [first(inputs)];

const binary =
  (dtype?: DataType): TypeRule =>
  ({ a, b }) => [{ shape: broadcastShape(a!.shape, b!.shape), dtype: dtype ?? a!.dtype }];

/** Axes of a reduction, as non-negative indices; Max calls them by another name. */
export function reductionAxes(rank: number, attributes: NamedAttrMap): number[] {
  const axes = (attributes['axis'] ?? attributes['reductionIndices'] ?? null) as number | number[] | null;
  const list = axes === null ? Array.from({ length: rank }, (_, i) => i) : [axes].flat();
  return list.map((axis) => (axis < 0 ? axis + rank : axis));
}

const reduction: TypeRule = (inputs, attributes) => {
  const x = first(inputs);
  const axes = new Set(reductionAxes(x.shape.length, attributes));
  const shape = attributes['keepDims']
    ? x.shape.map((size, i) => (axes.has(i) ? 1 : size))
    : x.shape.filter((_, i) => !axes.has(i));
  return like(x, shape);
};

const matrixProduct: TypeRule = ({ a, b }, attributes) => {
  const [rows, inner] = lastTwo(a!.shape, attributes['transposeA'] as boolean);
  const [otherInner, columns] = lastTwo(b!.shape, attributes['transposeB'] as boolean);
  if (inner !== otherInner) throw new RangeError(`matMul: inner sizes ${inner} and ${otherInner} differ`);
  return like(a!, [...broadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)), rows, columns]);
};

function lastTwo(shape: readonly number[], transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

const concatenation: TypeRule = (inputs, attributes) => {
  const parts = Object.values(inputs);
  const axis = attributes['axis'] as number;
  const shape = [...parts[0]!.shape];
  const at = axis < 0 ? axis + shape.length : axis;
  shape[at] = parts.reduce((sum, part) => sum + part.shape[at]!, 0);
  return like(parts[0]!, shape);
};

/** Sizes of the parts that SplitV makes. */
export function splitSizes(length: number, parts: number | readonly number[]): number[] {
  if (typeof parts === 'number') return Array.from({ length: parts }, () => length / parts);
  const known = parts.reduce((sum, size) => sum + Math.max(0, size), 0);
  return parts.map((size) => (size < 0 ? length - known : size));
}

const RULES: Readonly<Record<string, TypeRule>> = {
  AddN: sameAsFirst,
  BatchMatMul: matrixProduct,
  BroadcastTo: (inputs, attributes) => like(first(inputs), attributes['shape'] as number[]),
  Cast: (inputs, attributes) => [{ shape: first(inputs).shape, dtype: attributes['dtype'] as DataType }],
  Concat: concatenation,
  ExpandDims: (inputs, attributes) => {
    const x = first(inputs);
    const dim = attributes['dim'] as number;
    const at = dim < 0 ? dim + x.shape.length + 1 : dim;
    return like(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
  },
  GatherV2: ({ x, indices }, attributes) => {
    const axis = attributes['axis'] as number;
    return like(x!, [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)]);
  },
  Identity: sameAsFirst,
  LogSoftmax: sameAsFirst,
  OnesLike: sameAsFirst,
  Pack: (inputs, attributes) => {
    const x = first(inputs);
    const axis = attributes['axis'] as number;
    const at = axis < 0 ? axis + x.shape.length + 1 : axis;
    return like(x, [...x.shape.slice(0, at), Object.keys(inputs).length, ...x.shape.slice(at)]);
  },
  PadV2: (inputs, attributes) => {
    const paddings = attributes['paddings'] as [number, number][];
    const x = first(inputs);
    return like(
      x,
      x.shape.map((size, i) => size + paddings[i]![0] + paddings[i]![1]),
    );
  },
  Reshape: (inputs, attributes) => {
    const x = first(inputs);
    const wanted = attributes['shape'] as number[];
    const known = wanted.reduce((product, size) => (size < 0 ? product : product * size), 1);
    const total = x.shape.reduce((product, size) => product * size, 1);
    return like(
      x,
      wanted.map((size) => (size < 0 ? total / known : size)),
    );
  },
  Select: ({ t }) => [t!],
  Slice: (inputs, attributes) => {
    const x = first(inputs);
    return like(x, sliceBounds(x.shape, attributes).size);
  },
  Softmax: sameAsFirst,
  SplitV: (inputs, attributes) => {
    const x = first(inputs);
    const axis = attributes['axis'] as number;
    const at = axis < 0 ? axis + x.shape.length : axis;
    return splitSizes(x.shape[at]!, attributes['numOrSizeSplits'] as number | number[]).map((size) => ({
      shape: x.shape.map((length, i) => (i === at ? size : length)),
      dtype: x.dtype,
    }));
  },
  Tile: (inputs, attributes) => {
    const x = first(inputs);
    const reps = attributes['reps'] as number[];
    return like(
      x,
      x.shape.map((size, i) => size * reps[i]!),
    );
  },
  Transpose: (inputs, attributes) => {
    const x = first(inputs);
    return like(
      x,
      (attributes['perm'] as number[]).map((axis) => x.shape[axis]!),
    );
  },
  Unpack: (inputs, attributes) => {
    const x = first(inputs);
    const axis = attributes['axis'] as number;
    const at = axis < 0 ? axis + x.shape.length : axis;
    return Array.from({ length: x.shape[at]! }, () => ({
      shape: x.shape.filter((_, i) => i !== at),
      dtype: x.dtype,
    }));
  },
  ZerosLike: sameAsFirst,

  [CONVOLUTION]: (inputs, attributes) => like(first(inputs), convolutionOutputShape(convolutionAttributes(attributes))),
  [CONVOLUTION_INPUT_GRADIENT]: (inputs, attributes) =>
    like(first(inputs), convolutionAttributes(attributes).inputShape),
  [CONVOLUTION_WEIGHT_GRADIENT]: (inputs, attributes) =>
    like(first(inputs), convolutionAttributes(attributes).weightShape),
  [BATCH_NORM]: ({ x, gamma }) => [x!, gamma!, gamma!],
  [BATCH_NORM_GRADIENT]: ({ x, gamma }) => [x!, gamma!, gamma!],
  [SILU]: sameAsFirst,
  [SILU_GRADIENT]: ({ x }) => [x!],
};

/** First index and length along every axis of a Slice. */
export function sliceBounds(shape: readonly number[], attributes: NamedAttrMap): { begin: number[]; size: number[] } {
  const [begin, size] = slice_util.parseSliceParams(
    { shape: [...shape], dtype: 'float32', dataId: {} } as unknown as Parameters<typeof slice_util.parseSliceParams>[0],
    attributes['begin'] as number | number[],
    attributes['size'] as number | number[],
  ) as [number[], number[]];
  return { begin, size };
}

/** Every kernel that can be traced, with its type rule. */
export const TYPE_RULES: ReadonlyMap<string, TypeRule> = new Map<string, TypeRule>([
  ...[...UNARY_KERNELS].map((name) => [name, sameAsFirst] as const),
  ...[...ARITHMETIC_KERNELS].map((name) => [name, binary()] as const),
  ...[...COMPARISON_KERNELS].map((name) => [name, binary('bool')] as const),
  ...[...REDUCTION_KERNELS].map((name) => [name, reduction] as const),
  ...Object.entries(RULES),
]);
