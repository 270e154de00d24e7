import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { ParameterSpec } from '../models/model.js';

export interface LossInputs {
  /** [batch, embeddingSize], raw. */
  readonly embedding: Tensor2D;
  /** [batch, classes] float32 of 0 and 1: a static input, so that one graph serves every batch. */
  readonly oneHot: Tensor2D;
  readonly marginRad: Scalar;
  readonly parameters: ReadonlyMap<string, Tensor>;
}

export interface LossOutputs {
  readonly total: Scalar;
  readonly arcface: Scalar;
  readonly triplet: Scalar;
  readonly center: Scalar;
}

/** A metric-learning loss as a pure, statically shaped function (no data-dependent control flow). */
export interface LossDefinition {
  readonly parameters: readonly ParameterSpec[];
  compute(inputs: LossInputs): LossOutputs;
}
