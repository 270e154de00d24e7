import '@tensorflow/tfjs-backend-cpu';
import { engine, getBackend, setBackend, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { constantElements, type Graph, type GraphNode, type Value } from '../graph/graph.js';
import { transform } from '../graph/transform.js';

/** Computes every node whose inputs are all constants, with tfjs' plain kernels. */
export function foldConstants(graph: Graph): Graph {
  const previous = getBackend() as string | undefined;
  void setBackend('cpu');
  try {
    return transform(graph, {
      node: (node, inputs, result) => {
        const values = Object.values(inputs);
        if (values.length === 0 || !values.every(({ source }) => source.kind === 'constant')) return undefined;
        return computed(node, inputs).map((data, i) => result.addConstant(node.outputs[i]!, data));
      },
    });
  } finally {
    if (previous) void setBackend(previous);
  }
}

function computed(node: GraphNode, inputs: Readonly<Record<string, Value>>): Float32Array[] {
  let results: Float32Array[] = [];
  tidy(() => {
    const tensors = Object.fromEntries(
      Object.entries(inputs).map(([name, value]) => [
        name,
        tensor(constantElements(value), [...value.shape], value.dtype),
      ]),
    );
    const outputs = engine().runKernel<Tensor | Tensor[]>(node.kernel, tensors, node.attributes);
    results = [outputs].flat().map((output) => output.dataSync<'float32'>().slice());
  });
  return results;
}
