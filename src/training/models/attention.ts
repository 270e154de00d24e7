import {
  add,
  matMul,
  mean,
  mul,
  reshape,
  slice,
  softmax,
  split,
  transpose,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
} from '@tensorflow/tfjs-core';
import type { ForwardContext } from './forward-context.js';
import { constant, uniform, xavierUniform } from './initialisers.js';
import type { ParameterRegistry } from './parameter-registry.js';

/** PyTorch's `nn.MultiheadAttention` parameters: in_proj_weight rows are q, k, v; head h owns channels [h·d, (h+1)·d). */
export interface AttentionParameters {
  readonly dim: number;
  readonly heads: number;
  readonly inWeight: string;
  readonly inBias: string;
  readonly outWeight: string;
  readonly outBias: string;
}

export function attentionParameters(registry: ParameterRegistry, dim: number, heads: number): AttentionParameters {
  const [weight, bias] = [{ decayExempt: false }, { decayExempt: true }];
  return {
    dim,
    heads,
    inWeight: registry.parameter('in_proj_weight', [3 * dim, dim], xavierUniform([3 * dim, dim]), weight),
    inBias: registry.parameter('in_proj_bias', [3 * dim], constant(0), bias),
    outWeight: registry.parameter('out_proj.weight', [dim, dim], uniform(1 / Math.sqrt(dim)), weight),
    outBias: registry.parameter('out_proj.bias', [dim], constant(0), bias),
  };
}

/**
 * Self-attention averaged over its queries, without computing it for each query. All that follows the
 * attention up to the head's average pool is linear in its output, so the mean over queries moves in front
 * of the value and output projections: with a_h the mean row of head h's attention matrix and z_h = Σ a_h[l] x[l],
 * the result is out_proj(concat_h(W_v,h z_h + b_v,h)). The key bias cancels in the softmax and is left out.
 * Exact, and half the cost.
 *
 * `sequence`: [dim, batch, length] (channels first); returns [batch, dim].
 */
export function pooledSelfAttention(sequence: Tensor3D, names: AttentionParameters, context: ForwardContext): Tensor2D {
  const { dim, heads } = names;
  const [, batch, length] = sequence.shape;
  const headDim = dim / heads;
  const [queryKeyWeight, valueWeight] = split(context.parameter<Tensor2D>(names.inWeight), [2 * dim, dim], 0) as [
    Tensor2D,
    Tensor2D,
  ];
  const inBias = context.parameter<Tensor1D>(names.inBias);

  const projected = matMul(queryKeyWeight, reshape(sequence, [dim, batch * length]));
  const [rawQueries, rawKeys] = split(projected, 2, 0) as [Tensor2D, Tensor2D];
  const queries = mul(add(rawQueries, reshape(slice(inBias, [0], [dim]), [dim, 1])), 1 / Math.sqrt(headDim));
  const byHead = (x: Tensor2D): Tensor3D =>
    reshape(transpose(reshape(x, [heads, headDim, batch, length]), [0, 2, 1, 3]), [heads * batch, headDim, length]);
  const scores = matMul<Tensor3D>(byHead(queries as Tensor2D), byHead(rawKeys), true, false);

  const meanRows = mean<Tensor2D>(softmax(scores), 1);
  const rowsByBatch = transpose(reshape(meanRows, [heads, batch, length]), [1, 0, 2]);
  const pooled = matMul(rowsByBatch, transpose(sequence, [1, 0, 2]), false, true);
  const perHead = matMul<Tensor3D>(
    transpose(pooled, [1, 0, 2]),
    reshape(valueWeight, [heads, headDim, dim]),
    false,
    true,
  );
  const values = reshape(transpose(perHead, [1, 0, 2]), [batch, dim]);
  const withBias = add<Tensor2D>(values, slice(inBias, [2 * dim], [dim]));
  return projectOut(withBias, names, context);
}

/**
 * The textbook form, for tests: scaled dot-product attention (Vaswani et al. 2017) for every query.
 * `sequence`: [batch, length, dim]; returns the same shape.
 */
export function selfAttention(sequence: Tensor3D, names: AttentionParameters, context: ForwardContext): Tensor3D {
  const { dim, heads } = names;
  const [batch, length] = sequence.shape;
  const headDim = dim / heads;
  const flat = reshape(sequence, [batch * length, dim]);
  const projected = add(
    matMul(flat, context.parameter<Tensor2D>(names.inWeight), false, true),
    context.parameter<Tensor1D>(names.inBias),
  );
  const byHead = (x: Tensor2D): Tensor3D =>
    reshape(transpose(reshape(x, [batch, length, heads, headDim]), [0, 2, 1, 3]), [batch * heads, length, headDim]);
  const [queries, keys, values] = split(projected, 3, 1).map((x) => byHead(x as Tensor2D)) as [
    Tensor3D,
    Tensor3D,
    Tensor3D,
  ];
  const weights = softmax(mul(matMul(queries, keys, false, true), 1 / Math.sqrt(headDim)));
  const attended = transpose(reshape(matMul(weights, values), [batch, heads, length, headDim]), [0, 2, 1, 3]);
  return reshape(projectOut(reshape(attended, [batch * length, dim]), names, context), [batch, length, dim]);
}

function projectOut(x: Tensor2D, names: AttentionParameters, context: ForwardContext): Tensor2D {
  return add(
    matMul(x, context.parameter<Tensor2D>(names.outWeight), false, true),
    context.parameter<Tensor1D>(names.outBias),
  );
}
