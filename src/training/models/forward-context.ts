import { transpose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Layout } from '../kernels/index.js';
import type { ForwardInputs } from './model.js';

/** What the layers of one forward pass share: the tensors by name, the mode, and what they leave behind. */
export class ForwardContext {
  readonly updatedBuffers = new Map<string, Tensor>();
  readonly trace = new Map<string, Tensor>();

  constructor(private readonly inputs: ForwardInputs) {}

  get training(): boolean {
    return this.inputs.training;
  }

  parameter<T extends Tensor>(name: string): T {
    return required(this.inputs.parameters, name, 'parameter') as T;
  }

  buffer<T extends Tensor>(name: string): T {
    return required(this.inputs.buffers, name, 'buffer') as T;
  }

  updateBuffer(name: string, value: Tensor): void {
    this.updatedBuffers.set(name, value);
  }

  /** Keeps an activation for parity tests; 4-D ones in NCHW whatever the layout at work. */
  record(name: string, value: Tensor, layout: Layout = 'NCHW'): void {
    if (!this.inputs.collectTrace) return;
    this.trace.set(name, layout === 'CNHW' ? swapBatchAndChannels(value as Tensor4D) : value);
  }
}

/** NCHW to CNHW and back. */
export function swapBatchAndChannels(x: Tensor4D): Tensor4D {
  return transpose(x, [1, 0, 2, 3]);
}

function required(tensors: ReadonlyMap<string, Tensor>, name: string, what: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new RangeError(`forward: expected a ${what} named ${name}, got none`);
  return tensor;
}
