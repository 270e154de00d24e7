import { Graph, type GraphNode, type Value } from './graph.js';

export interface Transformation {
  /** What replaces an input; undefined keeps it. */
  readonly input?: (name: string, input: Value, result: Graph) => Value | undefined;
  /** What replaces a node's outputs, given its inputs in the new graph; undefined keeps the node. */
  readonly node?: (
    node: GraphNode,
    inputs: Readonly<Record<string, Value>>,
    result: Graph,
  ) => readonly Value[] | undefined;
}

/** Rebuilds a graph node by node, in order. Parts that lose their use stay until `simplify`. */
export function transform(graph: Graph, { input, node }: Transformation): Graph {
  const result = new Graph();
  const replacements = new Map<Value, Value>();
  const replaced = (old: Value): Value => {
    const known = replacements.get(old);
    if (known) return known;
    if (old.source.kind !== 'constant') throw new RangeError('transform: a node came before its inputs');
    const copy = result.addConstant(old, old.source.data);
    replacements.set(old, copy);
    return copy;
  };
  for (const old of graph.inputs) {
    if (old.source.kind !== 'input') continue;
    const { name } = old.source;
    replacements.set(old, input?.(name, old, result) ?? result.addInput(name, old));
  }
  for (const old of graph.nodes) {
    const inputs = Object.fromEntries(Object.entries(old.inputs).map(([name, value]) => [name, replaced(value)]));
    const outputs = node?.(old, inputs, result) ?? result.addNode(old.kernel, inputs, old.attributes, old.outputs);
    old.outputs.forEach((output, i) => replacements.set(output, outputs[i]!));
  }
  for (const [name, value] of graph.outputs) result.outputs.set(name, replaced(value));
  return result;
}
