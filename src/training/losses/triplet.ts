import {
  add,
  div,
  matMul,
  max,
  mul,
  neg,
  relu,
  sqrt,
  step,
  sub,
  sum,
  tensor2d,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';

/** Beyond any Euclidean distance of unit vectors (0..2): pushes masked pairs out of reach. */
const OUT_OF_REACH = 10;
/** Below this squared distance (1e-4 apart) a pair counts as identical and has no gradient. */
const MIN_SQUARED_DISTANCE = 1e-8;

/**
 * Triplet loss with batch-hard mining (Hermans et al. 2017): for each anchor its farthest positive and its
 * nearest negative, relu(d_ap - d_an + margin), averaged over the triplets that are not yet satisfied; 0 when
 * there are none. Mining is a masked maximum and minimum, so that the graph is the same for every batch.
 * `unitEmbedding`: [batch, embeddingSize], unit length; distances are Euclidean.
 */
export function batchHardTriplet(unitEmbedding: Tensor2D, oneHot: Tensor2D, margin: number): Scalar {
  const batch = unitEmbedding.shape[0];
  const distances = pairwiseDistances(unitEmbedding);
  const same = matMul<Tensor2D>(oneHot, oneHot, false, true);
  const positive = sub<Tensor2D>(same, identity(batch));

  // An anchor without positives gets -10, one without negatives gets at least 10: the masks below drop both.
  const maskedPositive = sub(mul(distances, positive), mul(sub(1, positive), OUT_OF_REACH));
  const farthestPositive = max<Tensor1D>(maskedPositive, 1);
  const nearestNegative = neg(max<Tensor1D>(neg(add(distances, mul(same, OUT_OF_REACH))), 1));
  const hasPositive = max<Tensor1D>(positive, 1);
  const hasNegative = max<Tensor1D>(sub(1, same), 1);

  const violation = relu(add(sub(farthestPositive, nearestNegative), margin));
  const hinge = mul(mul(violation, hasPositive), hasNegative);
  const unsatisfied = sum<Scalar>(step(hinge));
  const divisor = add(unsatisfied, sub(1, step(unsatisfied)));
  return div(sum(hinge), divisor);
}

function pairwiseDistances(unitEmbedding: Tensor2D): Tensor2D {
  const cosines = matMul<Tensor2D>(unitEmbedding, unitEmbedding, false, true);
  const squared = sub(2, mul(cosines, 2));
  return sqrt(add(relu(sub(squared, MIN_SQUARED_DISTANCE)), MIN_SQUARED_DISTANCE));
}

function identity(size: number): Tensor2D {
  const values = new Float32Array(size * size);
  for (let i = 0; i < size; i++) values[i * size + i] = 1;
  return tensor2d(values, [size, size]);
}
