import { KernelBackend, registerBackend, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { AppError } from '../../../common/index.js';
import {
  collapseUniform,
  type ConstantData,
  type DataType,
  type Graph,
  type TensorType,
  type Value,
} from '../graph/graph.js';
import { TYPE_RULES } from './kernel-types.js';

export const TRACE_BACKEND = 'polarline-trace';

/**
 * A tfjs backend that computes nothing: every kernel call appends a node to the graph under construction
 * and returns a symbolic tensor of static shape.
 */
export class TraceBackend extends KernelBackend {
  private values = new WeakMap<object, Value>();
  private graph: Graph | undefined;
  private lastKernel = 'none yet';

  /** Records into `graph` until the next call; undefined ends recording. */
  recordInto(graph: Graph | undefined): void {
    this.graph = graph;
    this.values = new WeakMap();
    this.lastKernel = 'none yet';
  }

  /** A tensor that stands for `value` in tfjs code. */
  tensorInfo(value: Value): TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  /** What a symbolic tensor stands for. */
  tracedValue(tensor: { readonly dataId: object }): Value {
    const value = this.values.get(tensor.dataId);
    if (value === undefined)
      throw new AppError('internal', 'TRACE_FOREIGN_TENSOR', 'Tracing met a tensor that was made outside the trace');
    return value;
  }

  recordCall(
    kernel: string,
    inputs: Readonly<Record<string, TensorInfo | undefined>>,
    attributes: Record<string, unknown>,
  ): TensorInfo[] {
    this.lastKernel = kernel;
    const values = Object.fromEntries(
      Object.entries(inputs).flatMap(([name, info]) => (info ? [[name, this.tracedValue(info)]] : [])),
    );
    const attrs = attributes as Parameters<Graph['addNode']>[2];
    const types = TYPE_RULES.get(kernel)!(values, attrs);
    return this.recording.addNode(kernel, values, attrs, types).map((value) => this.tensorInfo(value));
  }

  recordUniform(type: TensorType, fill: number): TensorInfo {
    return this.tensorInfo(this.recording.addConstant(type, { fill }));
  }

  override write(values: Float32Array | Int32Array | Uint8Array, shape: number[], dtype: DataType): object {
    return this.tensorInfo(this.recording.addConstant({ shape, dtype }, ownCopy(values))).dataId;
  }

  override move(
    dataId: object,
    values: Float32Array | Int32Array | Uint8Array,
    shape: number[],
    dtype: DataType,
  ): void {
    this.values.set(dataId, this.recording.addConstant({ shape, dtype }, ownCopy(values)));
  }

  override read(): never {
    return this.readSync();
  }

  override readSync(): never {
    throw new AppError(
      'internal',
      'TRACE_READS_DATA',
      `A traced function read tensor data (after kernel ${this.lastKernel}): data-dependent steps must be written ` +
        'as masked, statically shaped operations',
    );
  }

  override disposeData(): boolean {
    return true;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {}

  decRef(): void {}

  override numDataIds(): number {
    return 0;
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {}

  private get recording(): Graph {
    if (this.graph === undefined)
      throw new AppError('internal', 'TRACE_NOT_RECORDING', `The ${TRACE_BACKEND} backend works only inside trace()`);
    return this.graph;
  }
}

/** What stays when tfjs uses its array again; of equal numbers one is enough. */
function ownCopy(values: Float32Array | Int32Array | Uint8Array): ConstantData {
  const data = collapseUniform(values);
  return data === values ? values.slice() : data;
}

/** The one instance; registered with tfjs, with all its kernels, on first use of this module. */
export const traceBackend = new TraceBackend();

registerBackend(TRACE_BACKEND, () => traceBackend, 0);
for (const kernelName of TYPE_RULES.keys())
  registerKernel({
    kernelName,
    backendName: TRACE_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const outputs = traceBackend.recordCall(kernelName, inputs, attrs ?? {});
      return outputs.length === 1 && kernelName !== 'SplitV' && kernelName !== 'Unpack' ? outputs[0]! : outputs;
    },
  });

registerKernel({
  kernelName: 'Fill',
  backendName: TRACE_BACKEND,
  kernelFunc: ({ attrs }) => {
    const { shape, value, dtype } = attrs as unknown as { shape: number[]; value: number; dtype?: DataType };
    return traceBackend.recordUniform({ shape, dtype: dtype ?? 'float32' }, value);
  },
});
