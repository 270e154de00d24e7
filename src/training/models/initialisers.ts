import type { Random } from '../../common/index.js';

export type Initialiser = (random: Random) => Float32Array;

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export const constant =
  (shape: readonly number[], value: number): Initialiser =>
  () =>
    new Float32Array(sizeOf(shape)).fill(value);

export const uniform =
  (shape: readonly number[], bound: number): Initialiser =>
  (random) => {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i++) values[i] = random.uniform(-bound, bound);
    return values;
  };

/** N(0, standardDeviation²); both values of each Box–Muller pair are used, for speed on large models. */
export const normal =
  (shape: readonly number[], standardDeviation: number): Initialiser =>
  (random) => {
    const values = new Float32Array(sizeOf(shape));
    for (let i = 0; i < values.length; i += 2) {
      const radius = standardDeviation * Math.sqrt(-2 * Math.log(1 - random.next()));
      const angle = 2 * Math.PI * random.next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  };

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
