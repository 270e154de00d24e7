import type { NamedAttrMap } from '@tensorflow/tfjs-core';

/** Element types of traced values, in tfjs' names. */
export type DataType = 'float32' | 'int32' | 'bool';

/** Row-major numbers, or one number that fills the whole tensor. */
export type ConstantData = Float32Array | Int32Array | Uint8Array | { readonly fill: number };

export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: ConstantData }
  | { readonly kind: 'node'; readonly node: GraphNode; readonly index: number };

/** A tensor of the graph: static shape, no data unless constant. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  readonly source: Source;
}

/** One tfjs kernel call; `inputs` keep tfjs' names and order. */
export interface GraphNode {
  readonly kernel: string;
  readonly inputs: Readonly<Record<string, Value>>;
  readonly attributes: NamedAttrMap;
  readonly outputs: readonly Value[];
}

export interface TensorType {
  readonly shape: readonly number[];
  readonly dtype: DataType;
}

/** A static graph of tfjs kernels: what a traced function computes from its inputs. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly inputs: Value[] = [];
  /** By output name, in order. */
  readonly outputs = new Map<string, Value>();
  private nextId = 0;

  addInput(name: string, type: TensorType): Value {
    const value = this.newValue(type, { kind: 'input', name });
    this.inputs.push(value);
    return value;
  }

  addConstant(type: TensorType, data: ConstantData): Value {
    return this.newValue(type, { kind: 'constant', data: collapseUniform(data) });
  }

  addNode(
    kernel: string,
    inputs: Readonly<Record<string, Value>>,
    attributes: NamedAttrMap,
    outputTypes: readonly TensorType[],
  ): readonly Value[] {
    const outputs: Value[] = [];
    const node: GraphNode = { kernel, inputs, attributes, outputs };
    outputTypes.forEach((type, index) => outputs.push(this.newValue(type, { kind: 'node', node, index })));
    this.nodes.push(node);
    return outputs;
  }

  private newValue({ shape, dtype }: TensorType, source: Source): Value {
    return { id: this.nextId++, shape: [...shape], dtype, source };
  }
}

/**
 * Large arrays of one number (tfjs writes `ones` and `zeros` in full) become that number. A loop, as `every` took half
 * of tracing: the gradients of means alone bring millions of ones.
 */
export function collapseUniform(data: ConstantData): ConstantData {
  if ('fill' in data && !ArrayBuffer.isView(data)) return data;
  const array = data as Float32Array;
  const first = array[0];
  if (first === undefined) return data;
  for (let i = 0; i < array.length; i++) if (array[i] !== first) return data;
  return { fill: first };
}

/** The number that fills a constant, or undefined when it is not uniform or not constant. */
export function uniformValue(value: Value): number | undefined {
  if (value.source.kind !== 'constant') return undefined;
  const { data } = value.source;
  return 'fill' in data && !ArrayBuffer.isView(data) ? data.fill : undefined;
}

/** A constant's elements in full. */
export function constantElements(value: Value): Float32Array | Int32Array | Uint8Array {
  if (value.source.kind !== 'constant') throw new TypeError('constantElements: expected a constant');
  const { data } = value.source;
  if (ArrayBuffer.isView(data)) return data;
  const ArrayType = { float32: Float32Array, int32: Int32Array, bool: Uint8Array }[value.dtype];
  return new ArrayType(elementCount(value.shape)).fill((data as { fill: number }).fill);
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Shape of an elementwise operation on two operands, as NumPy broadcasts. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [x, y] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    if (x !== y && x !== 1 && y !== 1)
      throw new RangeError(`shapes [${a.join(', ')}] and [${b.join(', ')}] do not broadcast`);
    return x === 1 ? y : x;
  });
}
