import type { NamedAttrMap } from '@tensorflow/tfjs-core';
import { broadcastShape, Graph, sameShape, uniformValue, type GraphNode, type Value } from './graph.js';
import { ARITHMETIC_KERNELS, COMPARISON_KERNELS, UNARY_KERNELS } from './kernel-families.js';

/**
 * Rewrites a traced graph into an equal, smaller one: drops what no output needs and what does nothing,
 * merges equal nodes, and keeps broadcasts and uniform constants small for as long as elementwise
 * operations can consume them that way.
 */
export function simplify(graph: Graph): Graph {
  const result = new Graph();
  const rewriter = new Rewriter(result);
  for (const input of graph.inputs)
    rewriter.replace(input, result.addInput(inputName(input), { shape: input.shape, dtype: input.dtype }));
  for (const node of neededNodes(graph)) rewriter.visit(node);
  for (const [name, value] of graph.outputs) result.outputs.set(name, rewriter.replacement(value));
  return withoutDeadParts(result);
}

function inputName(value: Value): string {
  if (value.source.kind !== 'input') throw new TypeError('inputName: expected an input');
  return value.source.name;
}

/** Nodes that an output depends on, in their original (topological) order. */
function neededNodes(graph: Graph): GraphNode[] {
  const needed = new Set<GraphNode>();
  const pending = [...graph.outputs.values()];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.source.kind !== 'node' || needed.has(value.source.node)) continue;
    needed.add(value.source.node);
    pending.push(...Object.values(value.source.node.inputs));
  }
  return graph.nodes.filter((node) => needed.has(node));
}

function withoutDeadParts(graph: Graph): Graph {
  const alive = neededNodes(graph);
  const used = new Set([...alive.flatMap((node) => Object.values(node.inputs)), ...graph.outputs.values()]);
  graph.nodes.splice(0, graph.nodes.length, ...alive);
  graph.inputs.splice(0, graph.inputs.length, ...graph.inputs.filter((input) => used.has(input)));
  return graph;
}

class Rewriter {
  private readonly replacements = new Map<Value, Value>();
  private readonly known = new Map<string, readonly Value[]>();
  private readonly uniforms = new Map<string, Value>();

  constructor(private readonly graph: Graph) {}

  replace(old: Value, replacement: Value): void {
    this.replacements.set(old, replacement);
  }

  visit(node: GraphNode): void {
    const inputs = Object.fromEntries(
      Object.entries(node.inputs).map(([name, value]) => [name, this.replacement(value)]),
    );
    const simpler = node.outputs.length === 1 ? this.simplerValue(node, inputs) : undefined;
    const outputs = simpler ? [simpler] : this.emit(node.kernel, inputs, node.attributes, node.outputs);
    node.outputs.forEach((output, i) => this.replace(output, outputs[i]!));
  }

  /** What stands for a value of the old graph. */
  replacement(old: Value): Value {
    const known = this.replacements.get(old);
    if (known) return known;
    if (old.source.kind !== 'constant') throw new RangeError('simplify: a node came before its inputs');
    const fill = uniformValue(old);
    const copy =
      fill === undefined ? this.graph.addConstant(old, old.source.data) : this.uniform(fill, old.shape, old.dtype);
    this.replace(old, copy);
    return copy;
  }

  private uniform(fill: number, shape: readonly number[], dtype: Value['dtype']): Value {
    const key = `${fill}|${shape.join(',')}|${dtype}`;
    const value = this.uniforms.get(key) ?? this.graph.addConstant({ shape, dtype }, { fill });
    this.uniforms.set(key, value);
    return value;
  }

  /** Adds a node, or returns the equal one that is there. */
  private emit(
    kernel: string,
    inputs: Readonly<Record<string, Value>>,
    attributes: NamedAttrMap,
    outputTypes: readonly Pick<Value, 'shape' | 'dtype'>[],
  ): readonly Value[] {
    const key = `${kernel}|${Object.entries(inputs)
      .map(([name, value]) => `${name}:${value.id}`)
      .join(',')}|${JSON.stringify(attributes)}`;
    const known = this.known.get(key);
    if (known) return known;
    const outputs = this.graph.addNode(kernel, inputs, attributes, outputTypes);
    this.known.set(key, outputs);
    return outputs;
  }

  private simplerValue(node: GraphNode, inputs: Readonly<Record<string, Value>>): Value | undefined {
    const output = node.outputs[0]!;
    const [x] = Object.values(inputs);
    if (x === undefined) return undefined;
    if (node.kernel === 'Identity') return x;
    if (node.kernel === 'Cast' && x.dtype === output.dtype) return x;
    if (node.kernel === 'ZerosLike') return this.uniform(0, output.shape, output.dtype);
    if (node.kernel === 'OnesLike') return this.uniform(1, output.shape, output.dtype);
    if (node.kernel === 'Reshape' || node.kernel === 'ExpandDims') return this.reshaped(x, output);
    if (node.kernel === 'Transpose') return this.transposed(x, node.attributes['perm'] as number[], output);
    if (node.kernel === 'Tile' || node.kernel === 'BroadcastTo') return this.broadcast(node, x, output);
    if (node.kernel === 'AddN') return this.sum(Object.values(inputs), output);
    if (UNARY_KERNELS.has(node.kernel)) return this.unary(node, x, output);
    if (ARITHMETIC_KERNELS.has(node.kernel) || COMPARISON_KERNELS.has(node.kernel))
      return this.binary(node, inputs['a']!, inputs['b']!, output);
    return undefined;
  }

  private reshaped(x: Value, output: Value): Value {
    const fill = uniformValue(x);
    if (fill !== undefined) return this.uniform(fill, output.shape, output.dtype);
    if (sameShape(x.shape, output.shape)) return x;
    const inner = producer(x, 'Reshape');
    if (inner) return this.reshaped(inner.inputs['x']!, output);
    return this.emit('Reshape', { x }, { shape: [...output.shape] }, [output])[0]!;
  }

  private transposed(x: Value, perm: readonly number[], output: Value): Value {
    const fill = uniformValue(x);
    if (fill !== undefined) return this.uniform(fill, output.shape, output.dtype);
    const inner = producer(x, 'Transpose');
    if (inner) {
      const innerPerm = inner.attributes['perm'] as number[];
      return this.transposed(
        inner.inputs['x']!,
        perm.map((axis) => innerPerm[axis]!),
        output,
      );
    }
    if (perm.every((axis, i) => axis === i)) return x;
    const moved = perm.filter((axis) => x.shape[axis] !== 1);
    if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return this.reshaped(x, output);
    return this.emit('Transpose', { x }, { perm: [...perm] }, [output])[0]!;
  }

  private broadcast(node: GraphNode, x: Value, output: Value): Value | undefined {
    const fill = uniformValue(x);
    if (fill !== undefined) return this.uniform(fill, output.shape, output.dtype);
    if (sameShape(x.shape, output.shape)) return x;
    if (node.kernel === 'Tile' && !x.shape.every((size, i) => size === 1 || size === output.shape[i])) return undefined;
    return this.broadcastTo(x, output);
  }

  private broadcastTo(x: Value, output: Pick<Value, 'shape' | 'dtype'>): Value {
    if (sameShape(x.shape, output.shape)) return x;
    return this.emit('BroadcastTo', { x }, { shape: [...output.shape] }, [output])[0]!;
  }

  private sum(terms: readonly Value[], output: Value): Value {
    const parts = terms.filter((term) => uniformValue(term) !== 0);
    if (parts.length === 0) return this.uniform(0, output.shape, output.dtype);
    return parts.reduce((a, b) => this.arithmetic('Add', a, b, output));
  }

  private unary(node: GraphNode, x: Value, output: Value): Value | undefined {
    const spread = producer(x, 'BroadcastTo');
    if (!spread) return undefined;
    const small = spread.inputs['x']!;
    const result = this.emit(node.kernel, { x: small }, node.attributes, [{ shape: small.shape, dtype: output.dtype }]);
    return this.broadcastTo(result[0]!, output);
  }

  private binary(node: GraphNode, a: Value, b: Value, output: Value): Value {
    const folded = foldUniform(node.kernel, uniformValue(a), uniformValue(b));
    if (folded !== undefined) return this.uniform(folded, output.shape, output.dtype);
    return this.arithmetic(node.kernel, a, b, output);
  }

  private arithmetic(kernel: string, a: Value, b: Value, output: Value): Value {
    const neutral = neutralOperand(kernel, a, b);
    if (neutral === 'zero') return this.uniform(0, output.shape, output.dtype);
    if (neutral) return this.broadcastTo(neutral, output);
    const [x, y] = this.smallestOperands(a, b);
    const shape = broadcastShape(x.shape, y.shape);
    const result = this.emit(kernel, { a: x, b: y }, {}, [{ shape, dtype: output.dtype }])[0]!;
    return this.broadcastTo(result, output);
  }

  /** Operands before their broadcasts, and uniform constants as scalars: the operation broadcasts itself. */
  private smallestOperands(a: Value, b: Value): [Value, Value] {
    const small = (value: Value): Value => {
      const fill = uniformValue(value);
      if (fill !== undefined && value.shape.length > 0) return this.uniform(fill, [], value.dtype);
      return producer(value, 'BroadcastTo')?.inputs['x'] ?? value;
    };
    return [small(a), small(b)];
  }
}

function producer(value: Value, kernel: string): GraphNode | undefined {
  return value.source.kind === 'node' && value.source.node.kernel === kernel ? value.source.node : undefined;
}

function foldUniform(kernel: string, a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  const results: Record<string, number> = {
    Add: a + b,
    Sub: a - b,
    Multiply: a * b,
    RealDiv: a / b,
    Maximum: Math.max(a, b),
    Minimum: Math.min(a, b),
  };
  return results[kernel];
}

/** The operand that an operation returns unchanged (x + 0, x * 1, x / 1), or 'zero' for x * 0. */
function neutralOperand(kernel: string, a: Value, b: Value): Value | 'zero' | undefined {
  const [x, y] = [uniformValue(a), uniformValue(b)];
  if (kernel === 'Multiply' && (x === 0 || y === 0)) return 'zero';
  if (kernel === 'Multiply' || kernel === 'Add') {
    const identity = kernel === 'Add' ? 0 : 1;
    if (y === identity) return a;
    if (x === identity) return b;
  }
  if ((kernel === 'Sub' && y === 0) || (kernel === 'RealDiv' && y === 1)) return a;
  return undefined;
}
