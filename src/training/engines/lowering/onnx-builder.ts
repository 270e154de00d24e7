import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValueInfo } from '../onnx-file/model.js';

/** ONNX Runtime's own operators. */
export const MICROSOFT_DOMAIN = 'com.microsoft';
/** ONNX Runtime's internal blocked-layout operators; pinned with its version. */
export const NCHWC_DOMAIN = 'com.microsoft.nchwc';

const STANDARD_OPSET = 18;

export interface OpOptions {
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  readonly outputs?: number;
  readonly domain?: string;
}

/** Collects ONNX nodes and constants under generated names. */
export class OnnxBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers = new Map<string, OnnxTensor>();
  private readonly constantNames = new Map<string, string>();
  private readonly domains = new Set<string>();
  private readonly reshapes = new Map<string, { readonly from: string; readonly shape: readonly number[] }>();
  private readonly knownReshapes = new Map<string, string>();
  private readonly knownOps = new Map<string, string>();
  private nextName = 0;

  /** Sizes that are multiples of `dynamicBatch` stand for the batch and become dynamic in Reshape. */
  constructor(private readonly dynamicBatch?: number) {}

  /** Appends a node and returns its first output's name. */
  op(op: string, inputs: readonly string[], options: OpOptions = {}): string {
    return this.ops(op, inputs, options)[0]!;
  }

  /** As `op`, but a node that is there already is used again. It lives as long as its last reader. */
  shared(op: string, inputs: readonly string[], options: OpOptions = {}): string {
    const key = JSON.stringify([op, inputs, options]);
    const known = this.knownOps.get(key) ?? this.op(op, inputs, options);
    this.knownOps.set(key, known);
    return known;
  }

  /** Appends a node with several outputs. */
  ops(op: string, inputs: readonly string[], { attributes = {}, outputs = 1, domain = '' }: OpOptions = {}): string[] {
    const names = Array.from({ length: outputs }, () => `t${this.nextName++}`);
    this.domains.add(domain);
    this.nodes.push({ op, domain, inputs, outputs: names, attributes });
    return names;
  }

  float(value: number): string {
    return this.constant({ type: 'float32', shape: [], data: Float32Array.of(value) });
  }

  floats(values: readonly number[]): string {
    return this.constant({ type: 'float32', shape: [values.length], data: Float32Array.from(values) });
  }

  /** A one-dimensional int64 constant: a shape, axes, or the like. */
  ints(values: readonly number[]): string {
    return this.constant({ type: 'int64', shape: [values.length], data: BigInt64Array.from(values.map(BigInt)) });
  }

  /** A constant tensor; small equal ones share a name. */
  constant(tensor: OnnxTensor): string {
    const key = tensor.data.length <= 16 ? `${tensor.type}|${tensor.shape.join()}|${tensor.data.join()}` : undefined;
    const known = key === undefined ? undefined : this.constantNames.get(key);
    if (known !== undefined) return known;
    const name = `c${this.nextName++}`;
    this.initializers.set(name, tensor);
    if (key !== undefined) this.constantNames.set(key, name);
    return name;
  }

  /** Reshape, remembering the source so that an output can be taken before it (`beforeReshape`). */
  reshape(x: string, from: readonly number[], to: readonly number[]): string {
    if (from.length === to.length && from.every((size, i) => size === to[i])) return x;
    const source = this.reshapes.get(x);
    if (source !== undefined) return this.reshape(source.from, source.shape, to);
    const key = `${x}|${to.join()}`;
    const known = this.knownReshapes.get(key);
    if (known !== undefined) return known;
    const name = this.op('Reshape', [x, this.ints(to.map((size) => this.dimension(size)))]);
    this.reshapes.set(name, { from: x, shape: from });
    this.knownReshapes.set(key, name);
    return name;
  }

  transpose(x: string, perm: readonly number[]): string {
    return this.op('Transpose', [x], { attributes: { perm: { ints: perm } } });
  }

  /**
   * Follows reshapes back to the tensor that was computed: row-major memory is the same, and ONNX Runtime
   * would copy a reshaped graph output.
   */
  beforeReshape(name: string, shape: readonly number[]): { name: string; shape: readonly number[] } {
    const source = this.reshapes.get(name);
    return source ? this.beforeReshape(source.from, source.shape) : { name, shape };
  }

  /** A size as Reshape wants it: -1 where it stands for the batch. */
  private dimension(size: number): number {
    return this.dynamicBatch !== undefined && size > 0 && size % this.dynamicBatch === 0 ? -1 : size;
  }

  finish(
    inputs: readonly OnnxValueInfo[],
    outputs: readonly OnnxValueInfo[],
    metadata?: Readonly<Record<string, string>>,
  ): OnnxModel {
    const opsets = new Map([['', STANDARD_OPSET]]);
    for (const domain of this.domains) if (domain !== '') opsets.set(domain, 1);
    return { nodes: this.nodes, initializers: this.initializers, inputs, outputs, opsets, metadata };
  }
}
