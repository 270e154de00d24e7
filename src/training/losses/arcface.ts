import {
  add,
  cos,
  logSoftmax,
  matMul,
  max,
  mean,
  mul,
  neg,
  relu,
  reshape,
  sin,
  sqrt,
  step,
  sub,
  square,
  sum,
  type Rank,
  type Scalar,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { toUnitLength } from './normalise.js';

/** Below this sin² the slope of cos(theta + margin) is held: at theta 0 and pi it would be infinite. */
const MIN_SIN_SQUARED = 1e-6;

export interface ArcFaceInputs {
  /** [batch, embeddingSize], unit length. */
  readonly unitEmbedding: Tensor2D;
  /** [embeddingSize, classes * subCenters], column `class * subCenters + k`. */
  readonly weights: Tensor2D;
  readonly oneHot: Tensor2D;
  /** Radians. */
  readonly marginRad: Scalar;
  readonly scale: number;
  readonly subCenters: number;
}

/**
 * Additive angular margin softmax (ArcFace, Deng et al. 2019); with several centers a class the nearest one
 * counts (sub-center ArcFace, Deng et al. 2020). The target's cosine becomes cos(theta + m), or beyond
 * theta = pi - m the line cos(theta) - m sin(m); mean cross-entropy of `scale` times the cosines.
 */
export function arcFace({ unitEmbedding, weights, oneHot, marginRad, scale, subCenters }: ArcFaceInputs): Scalar {
  const [batch, classes] = oneHot.shape;
  const allCosines = matMul<Tensor2D>(unitEmbedding, toUnitLength(weights, 0));
  const cosines =
    subCenters === 1 ? allCosines : max<Tensor2D>(reshape<Rank.R3>(allCosines, [batch, classes, subCenters]), 2);
  const target = sum<Tensor2D>(mul(cosines, oneHot), 1, true);
  const change = sub<Tensor2D>(withMargin(target, marginRad), target);
  const logits = mul(add(cosines, mul(oneHot, change)), scale);
  return neg(mean<Scalar>(sum(mul(logSoftmax(logits), oneHot), 1)));
}

/** cos(acos(cosine) + margin) without acos, [batch, 1]. */
function withMargin(cosine: Tensor2D, marginRad: Scalar): Tensor2D {
  const [cosMargin, sinMargin] = [cos(marginRad), sin(marginRad)];
  const sinSquared = add(relu(sub(1 - MIN_SIN_SQUARED, square(cosine))), MIN_SIN_SQUARED);
  const rotated = sub(mul(cosine, cosMargin), mul(sqrt(sinSquared), sinMargin));
  const line = sub(cosine, mul(marginRad, sinMargin));
  const insideRange = step(add(cosine, cosMargin));
  return add(line, mul(insideRange, sub(rotated, line)));
}
