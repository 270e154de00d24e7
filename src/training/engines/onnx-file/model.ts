/** ONNX as plain data (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3), as much of it as is used. */
export type OnnxElementType = 'float32' | 'int32' | 'int64' | 'bool';

export interface OnnxTensor {
  readonly type: OnnxElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | BigInt64Array | Uint8Array;
}

/** Numbers are written as integers when declared so, since ONNX tells the two apart. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly text: string }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] };

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly type: OnnxElementType;
  /** A string is a symbolic dimension, e.g. `batch`. */
  readonly shape: readonly (number | string)[];
}

/** A sequence of tensors of any shape. */
export interface OnnxSequenceInfo {
  readonly name: string;
  readonly sequenceOf: OnnxElementType;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly (OnnxValueInfo | OnnxSequenceInfo)[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Version by domain; the standard domain is the empty string. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly metadata?: Readonly<Record<string, string>>;
}
