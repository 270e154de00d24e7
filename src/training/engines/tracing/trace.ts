import { engine, getBackend, setBackend, type Tensor } from '@tensorflow/tfjs-core';
import { AppError } from '../../../common/index.js';
import { Graph, type TensorType, type Value } from '../graph/graph.js';
import { TRACE_BACKEND, traceBackend } from './trace-backend.js';

export interface Tracer {
  /** A symbolic input of the graph; the names are those that are fed at run time. */
  input<T extends Tensor>(name: string, type: TensorType): T;
  /** Declares a result. May be called while tfjs still owns the tensor (inside a gradient function). */
  output(name: string, tensor: Tensor): void;
}

/**
 * Runs `build` once on symbolic tensors and returns the graph of everything it computed. Nothing is
 * calculated; all control flow must be static. Synchronous: tfjs' backend is switched for the duration.
 */
export function trace(build: (tracer: Tracer) => void): Graph {
  const graph = new Graph();
  const previous = getBackend() as string | undefined;
  switchBackend(TRACE_BACKEND);
  traceBackend.recordInto(graph);
  try {
    engine().tidy(() => {
      build({
        input: <T extends Tensor>(name: string, type: TensorType) => symbolicTensor<T>(graph.addInput(name, type)),
        output: (name, tensor) => {
          if (graph.outputs.has(name))
            throw new AppError('internal', 'TRACE_OUTPUT_TWICE', `Output ${name} was declared twice`);
          graph.outputs.set(name, traceBackend.tracedValue(tensor));
        },
      });
    });
    return graph;
  } finally {
    traceBackend.recordInto(undefined);
    if (previous && previous !== TRACE_BACKEND) switchBackend(previous);
  }
}

function symbolicTensor<T extends Tensor>(value: Value): T {
  const { dataId, shape, dtype } = traceBackend.tensorInfo(value);
  return engine().makeTensorFromDataId(dataId, shape, dtype, traceBackend) as T;
}

/** tfjs switches synchronously to a backend whose factory is synchronous, though it returns a promise. */
function switchBackend(name: string): void {
  void setBackend(name);
  if (getBackend() !== name)
    throw new AppError('internal', 'TRACE_BACKEND_SWITCH', `tfjs did not switch to the backend ${name} at once`);
}
