import type { Random } from '../../common/index.js';

/** Fills a parameter, in place: the largest hold millions of numbers, and fresh memory costs more than filling it. */
export type Initialiser = (random: Random, parameter: Float32Array) => void;

export const constant =
  (value: number): Initialiser =>
  (_random, parameter) =>
    void parameter.fill(value);

export const uniform =
  (bound: number): Initialiser =>
  (random, parameter) =>
    void random.fillUniform(parameter, -bound, bound);

/** N(0, standardDeviation²). */
export const normal =
  (standardDeviation: number): Initialiser =>
  (random, parameter) =>
    void random.fillNormal(parameter, standardDeviation);

/** timm's `efficientnet_init_weights`: N(0, sqrt(2 / fan_out)), weights [out, in / groups, k, k]. */
export function heNormalFanOut(shape: readonly number[], groups: number): Initialiser {
  const [outChannels, , kernelHeight, kernelWidth] = shape as [number, number, number, number];
  return normal(Math.sqrt(2 / ((kernelHeight * kernelWidth * outChannels) / groups)));
}

/** PyTorch's default of Conv and Linear, weights and biases alike: U(±1/sqrt(fan_in)). */
export function uniformFanIn(fanIn: number): Initialiser {
  return uniform(1 / Math.sqrt(fanIn));
}

/** Xavier (Glorot) uniform over a matrix [out, in]. */
export function xavierUniform(shape: readonly [number, number]): Initialiser {
  return uniform(Math.sqrt(6 / (shape[0] + shape[1])));
}

const LAPLACIAN = [0, 1, 0, 1, -4, 1, 0, 1, 0];

/** The discrete Laplacian in each channel's 3x3 filter: an edge detector to start from. */
export const laplacianPerChannel: Initialiser = (_random, parameter) => {
  for (let i = 0; i < parameter.length; i += LAPLACIAN.length) parameter.set(LAPLACIAN, i);
};
