export interface LearningRateSpec {
  readonly maxEpochs: number;
  readonly warmupShare: number;
  /** First epoch of stochastic weight averaging, or null without it. */
  readonly swaStartEpoch: number | null;
}

/** Epochs over which the rate falls to its constant level once SWA begins, and that level. */
const SWA_ANNEAL_EPOCHS = 10;
const SWA_LEVEL = 0.1;

/**
 * Factor of both learning rates in `epoch` (from 0): linear warm-up over `floor(warmupShare * maxEpochs)`
 * epochs, then half a cosine towards zero, as in the original system. With SWA (Izmailov et al., 2018,
 * arXiv 1803.05407) the rate leaves the cosine at `swaStartEpoch` and settles at a constant level, because
 * averages of a rate that goes to zero would average the same point.
 */
export function learningRateMultiplier(epoch: number, spec: LearningRateSpec): number {
  const { swaStartEpoch } = spec;
  if (swaStartEpoch === null || epoch < swaStartEpoch) return cosine(epoch, spec);
  const from = cosine(swaStartEpoch, spec);
  const progress = Math.min(1, (epoch - swaStartEpoch) / SWA_ANNEAL_EPOCHS);
  return SWA_LEVEL + (from - SWA_LEVEL) * 0.5 * (1 + Math.cos(Math.PI * progress));
}

function cosine(epoch: number, { maxEpochs, warmupShare }: LearningRateSpec): number {
  const warmupEpochs = Math.floor(warmupShare * maxEpochs);
  if (epoch < warmupEpochs) return (epoch + 1) / warmupEpochs;
  return 0.5 * (1 + Math.cos((Math.PI * (epoch - warmupEpochs)) / (maxEpochs - warmupEpochs)));
}
