import { matMul, mean, square, sub, type Scalar, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Center loss (Wen et al. 2016) in the original system's form: mean squared difference over batch and
 * dimensions between unit embeddings and their class's trainable center ([classes, embeddingSize]).
 */
export function centerLoss(unitEmbedding: Tensor2D, oneHot: Tensor2D, centers: Tensor2D): Scalar {
  return mean(square(sub(unitEmbedding, matMul(oneHot, centers))));
}
