import { AppError } from '../../../common/index.js';
import { constantElements, type Graph, type GraphNode, type Value } from '../graph/graph.js';
import type { OnnxModel, OnnxNode, OnnxValueInfo } from '../onnx-file/model.js';
import { OnnxBuilder } from './onnx-builder.js';

/** What a rule sees: the ONNX graph under construction and the names of traced values in it. */
export interface LoweringContext {
  readonly builder: OnnxBuilder;
  /** ONNX name of a traced value. */
  readonly name: (value: Value) => string;
  /** Tensors that one rule leaves for another, by a key of their choosing. */
  readonly shared: Map<string, string>;
}

/** Emits ONNX nodes for one traced kernel and returns the names of its outputs, in order. */
export type LoweringRule = (node: GraphNode, context: LoweringContext) => readonly string[];
export type LoweringRules = ReadonlyMap<string, LoweringRule>;

/** Later sets win. */
export function combineRules(
  ...sets: readonly (LoweringRules | Readonly<Record<string, LoweringRule>>)[]
): LoweringRules {
  return new Map(sets.flatMap((set) => (set instanceof Map ? [...(set as LoweringRules)] : Object.entries(set))));
}

export interface LoweredGraph {
  readonly model: OnnxModel;
  /** By output name: the shape in which ONNX Runtime returns it (same elements, maybe other dimensions). */
  readonly outputShapes: ReadonlyMap<string, readonly number[]>;
}

export interface LoweringOptions {
  /** The batch size that the graph was traced with, where it shall be dynamic. */
  readonly dynamicBatch?: number;
}

/** Translates a simplified graph into ONNX, kernel by kernel, with the given rules. */
export function lower(graph: Graph, rules: LoweringRules, { dynamicBatch }: LoweringOptions = {}): LoweredGraph {
  const builder = new OnnxBuilder(dynamicBatch);
  const names = new Map<Value, string>();
  const context: LoweringContext = {
    builder,
    shared: new Map(),
    name: (value) => {
      const known = names.get(value) ?? sourceName(value, builder);
      names.set(value, known);
      return known;
    },
  };
  for (const node of graph.nodes) {
    const rule = rules.get(node.kernel);
    if (rule === undefined)
      throw new AppError('internal', 'LOWERING_MISSING', `No ONNX lowering for the tfjs kernel ${node.kernel}`);
    rule(node, context).forEach((name, i) => names.set(node.outputs[i]!, name));
  }
  const inputs = graph.inputs.map((value) => valueInfo(context.name(value), value, value.shape, dynamicBatch));
  const outputShapes = new Map<string, readonly number[]>();
  const outputs = [...graph.outputs].map(([outputName, value]) => {
    const source = builder.beforeReshape(context.name(value), value.shape);
    outputShapes.set(outputName, source.shape);
    return { outputName, source, value };
  });
  // ONNX names outputs after the tensors that nodes write, so the caller's names need an Identity only
  // where one tensor is two outputs, or an input or constant is returned as it is.
  const renames = new Map<string, string>();
  for (const { outputName, source, value } of outputs) {
    const isWritten = value.source.kind === 'node' && !renames.has(source.name) && !isInputName(graph, source.name);
    if (isWritten) renames.set(source.name, outputName);
    else renames.set(builder.op('Identity', [source.name]), outputName);
  }
  const model = builder.finish(
    inputs,
    outputs.map(({ outputName, source, value }) => valueInfo(outputName, value, source.shape, dynamicBatch)),
  );
  return { model: rename(model, renames), outputShapes };
}

function isInputName(graph: Graph, name: string): boolean {
  return graph.inputs.some(({ source }) => source.kind === 'input' && source.name === name);
}

function sourceName(value: Value, builder: OnnxBuilder): string {
  if (value.source.kind === 'input') return value.source.name;
  if (value.source.kind === 'constant')
    return builder.constant({ type: value.dtype, shape: value.shape, data: constantElements(value) });
  throw new AppError('internal', 'LOWERING_ORDER', `A value of kernel ${value.source.node.kernel} was used too early`);
}

function valueInfo(
  name: string,
  { dtype }: Value,
  shape: readonly number[],
  dynamicBatch: number | undefined,
): OnnxValueInfo {
  return { name, type: dtype, shape: shape.map((size) => (size === dynamicBatch ? 'batch' : size)) };
}

function rename(model: OnnxModel, names: ReadonlyMap<string, string>): OnnxModel {
  const renamed = (name: string): string => names.get(name) ?? name;
  const nodes = model.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map(renamed),
    outputs: node.outputs.map(renamed),
  }));
  return { ...model, nodes: lastResultsFirst(withoutDeadNodes(nodes, model.outputs)) };
}

/**
 * Moves the nodes that nothing else reads to the end, in reverse. ONNX Runtime executes depth first from
 * such nodes, beginning with the last: so statistics are computed along the forward pass and each weight
 * gradient as soon as its inputs exist, instead of keeping every activation and every gradient until the
 * backward pass is through (half the peak memory).
 */
function lastResultsFirst(nodes: readonly OnnxNode[]): OnnxNode[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  const isLeaf = ({ outputs }: OnnxNode): boolean => !outputs.some((name) => read.has(name));
  return [...nodes.filter((node) => !isLeaf(node)), ...nodes.filter(isLeaf).reverse()];
}

/** Nodes that an output depends on; rules may leave results that nobody asked for. */
function withoutDeadNodes(nodes: readonly OnnxNode[], outputs: OnnxModel['outputs']): OnnxNode[] {
  const needed = new Set(outputs.map(({ name }) => name));
  const alive = [...nodes].reverse().filter((node) => {
    const isNeeded = node.outputs.some((name) => needed.has(name));
    if (isNeeded) node.inputs.forEach((name) => needed.add(name));
    return isNeeded;
  });
  return alive.reverse();
}
