import type { Random } from '../../common/index.js';

export type Initialiser = (random: Random) => Float32Array;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const constant =
  (shape: readonly number[], value: number): Initialiser =>
  () =>
    new Float32Array(sizeOf(shape)).fill(value);

export const uniform =
  (shape: readonly number[], bound: number): Initialiser =>
  (random) =>
    random.fillUniform(new Float32Array(sizeOf(shape)), -bound, bound);

/** N(0, standardDeviation²). */
export const normal =
  (shape: readonly number[], standardDeviation: number): Initialiser =>
  (random) =>
    random.fillNormal(new Float32Array(sizeOf(shape)), standardDeviation);

/** timm's `efficientnet_init_weights`: N(0, sqrt(2 / fan_out)), weights [out, in / groups, k, k]. */
export function heNormalFanOut(shape: readonly number[], groups: number): Initialiser {
  const [outChannels, , kernelHeight, kernelWidth] = shape as [number, number, number, number];
  return normal(shape, Math.sqrt(2 / ((kernelHeight * kernelWidth * outChannels) / groups)));
}

/** PyTorch's default of Conv and Linear, weights and biases alike: U(±1/sqrt(fan_in)). */
export function uniformFanIn(shape: readonly number[], fanIn: number): Initialiser {
  return uniform(shape, 1 / Math.sqrt(fanIn));
}

/** Xavier (Glorot) uniform over a matrix [out, in]. */
export function xavierUniform(shape: readonly [number, number]): Initialiser {
  return uniform(shape, Math.sqrt(6 / (shape[0] + shape[1])));
}

/** The discrete Laplacian in each channel's 3x3 filter: an edge detector to start from. */
export function laplacianPerChannel(channels: number): Initialiser {
  const filter = [0, 1, 0, 1, -4, 1, 0, 1, 0];
  return () => Float32Array.from({ length: channels * filter.length }, (_, i) => filter[i % filter.length]!);
}
