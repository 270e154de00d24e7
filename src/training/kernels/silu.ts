import { registerGradient, type Tensor } from '@tensorflow/tfjs-core';
import { runKernel, singleGradient } from './run-kernel.js';

export const SILU = 'PolarlineSilu';
export const SILU_GRADIENT = 'PolarlineSiluGradient';

/** SiLU (swish): x * sigmoid(x), any shape. Its gradient recomputes the sigmoid from x. */
export function silu<T extends Tensor>(x: T): T {
  return runKernel<T>(SILU, { x }, {});
}

registerGradient({
  kernelName: SILU,
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => ({
    x: () => runKernel<Tensor>(SILU_GRADIENT, { dy: singleGradient(dy), x: saved[0]! }, {}),
  }),
});
