import { add, div, sqrt, square, sum, type Tensor2D } from '@tensorflow/tfjs-core';

/** Each row (axis 1) or column (axis 0) to length 1; a zero vector stays zero and gives no NaN. */
export function toUnitLength(x: Tensor2D, axis: 0 | 1): Tensor2D {
  // PyTorch divides by max(norm, 1e-12): the square of that under the root does the same, smoothly.
  return div(x, sqrt(add(sum(square(x), axis, true), 1e-24)));
}
