import { engine, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';

/** Runs one of Polarline's kernels on the current tfjs backend, recording it on the gradient tape. */
export function runKernel<T extends Tensor | Tensor[]>(
  kernelName: string,
  inputs: Readonly<Record<string, Tensor>>,
  attributes: object,
): T {
  return engine().runKernel<T>(kernelName, inputs, attributes as NamedAttrMap);
}

/** tfjs hands a gradient function one `dy`, or one for each output; ours says which it expects. */
export function singleGradient(dy: Tensor | Tensor[]): Tensor {
  return Array.isArray(dy) ? dy[0]! : dy;
}
