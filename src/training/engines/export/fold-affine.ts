import { CONVOLUTION, convolutionAttributes } from '../../kernels/index.js';
import { constantElements, elementCount, type Graph, type GraphNode, type Value } from '../graph/graph.js';
import { transform } from '../graph/transform.js';

/** A convolution with a bias of its own: `x`, `weight`, `bias`; only in graphs for export. */
export const BIASED_CONVOLUTION = 'PolarlineBiasedConvolution';

/**
 * Moves a constant factor or summand per output channel (batch norm in evaluation, a bias) from after an
 * NCHW convolution with constant weights into its weights and bias.
 */
export function foldAffineIntoConvolutions(graph: Graph): Graph {
  const uses = useCounts(graph);
  return transform(graph, {
    node: (node, inputs, result) => {
      if (node.kernel !== 'Multiply' && node.kernel !== 'Add') return undefined;
      for (const [activation, constant] of [
        ['a', 'b'],
        ['b', 'a'],
      ] as const) {
        if (uses.get(node.inputs[activation]!) !== 1) continue;
        const folded = fold(node, inputs[activation]!, inputs[constant]!, result);
        if (folded) return [folded];
      }
      return undefined;
    },
  });
}

function fold(node: GraphNode, activation: Value, constant: Value, result: Graph): Value | undefined {
  const { source } = activation;
  if (source.kind !== 'node' || constant.source.kind !== 'constant') return undefined;
  const convolution = source.node;
  if (convolution.kernel !== CONVOLUTION && convolution.kernel !== BIASED_CONVOLUTION) return undefined;
  const { weight, bias } = convolution.inputs;
  const channels = activation.shape[1]!;
  if (convolutionAttributes(convolution.attributes).layout !== 'NCHW' || weight!.source.kind !== 'constant')
    return undefined;
  const perChannel = channelVector(constant, channels);
  if (!perChannel) return undefined;
  const weights = constantElements(weight!);
  const biases = bias ? constantElements(bias) : new Float32Array(channels);
  const rowLength = weights.length / channels;
  const isScale = node.kernel === 'Multiply';
  const newWeights = isScale
    ? Float32Array.from(weights, (value, i) => value * perChannel[Math.floor(i / rowLength)]!)
    : Float32Array.from(weights);
  const newBiases = Float32Array.from(biases, (value, c) =>
    isScale ? value * perChannel[c]! : value + perChannel[c]!,
  );
  return result.addNode(
    BIASED_CONVOLUTION,
    {
      x: convolution.inputs['x']!,
      weight: result.addConstant(weight!, newWeights),
      bias: result.addConstant({ shape: [channels], dtype: 'float32' }, newBiases),
    },
    convolution.attributes,
    [activation],
  )[0];
}

/** A constant that broadcasts as [1, C, 1, 1] (or a scalar), as C numbers. */
function channelVector(constant: Value, channels: number): Float32Array | undefined {
  const elements = constantElements(constant);
  if (elementCount(constant.shape) === 1) return new Float32Array(channels).fill(elements[0]!);
  const isPerChannel = elements.length === channels && constant.shape.at(-3) === channels && constant.shape.length >= 3;
  return isPerChannel ? Float32Array.from(elements) : undefined;
}

function useCounts(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  graph.nodes.forEach((node) => Object.values(node.inputs).forEach(count));
  graph.outputs.forEach(count);
  return uses;
}
