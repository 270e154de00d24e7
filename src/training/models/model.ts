import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Initialiser } from './initialisers.js';

export interface ParameterSpec {
  /** PyTorch state-dict name, prefixed `model.` or `criterion.`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly group: 'backbone' | 'head';
  /** BatchNorm, biases, ArcFace weights and centers: left out of weight decay when exemptions are on. */
  readonly decayExempt: boolean;
  readonly initialise: Initialiser;
}

/** BatchNorm running statistics, `….running_mean` and `….running_var`. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initialValue: number;
}

export interface ForwardInputs {
  /** [batch, 3, height, width], already normalised. */
  readonly images: Tensor4D;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly buffers: ReadonlyMap<string, Tensor>;
  readonly training: boolean;
  /** Fill `trace` of the result; off unless told otherwise, as it adds transposes. */
  readonly collectTrace?: boolean;
}

export interface ForwardOutputs {
  /** [batch, embeddingSize], not L2-normalised. */
  readonly embedding: Tensor2D;
  /** New running statistics by buffer name (momentum 0.1, unbiased variance); empty in eval mode. */
  readonly updatedBuffers: ReadonlyMap<string, Tensor>;
  /** Intermediate activations by name, for parity tests; 4-D ones in NCHW. Empty without `collectTrace`. */
  readonly trace: ReadonlyMap<string, Tensor>;
}

/** A model as a pure function of named parameters; written once, executed by any engine. */
export interface ModelDefinition {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly embeddingSize: number;
  /** Statically shaped, reads no data, branches on nothing but shapes: an engine may trace it once. */
  forward(inputs: ForwardInputs): ForwardOutputs;
}
