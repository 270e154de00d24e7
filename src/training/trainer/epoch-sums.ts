import type { StepLosses, StepResult } from '../engines/engine.js';

/** Sums over the steps of an epoch; plain data, so that a checkpoint in its middle can keep it. */
export interface EpochSums {
  readonly steps: number;
  readonly losses: StepLosses;
  readonly gradientNorm: number;
  readonly seconds: number;
  readonly waitedSeconds: number;
}

export const emptySums: EpochSums = {
  steps: 0,
  losses: { total: 0, arcface: 0, triplet: 0, center: 0 },
  gradientNorm: 0,
  seconds: 0,
  waitedSeconds: 0,
};

export function addStep(sums: EpochSums, result: StepResult, seconds: number, waitedSeconds: number): EpochSums {
  return {
    steps: sums.steps + 1,
    losses: combine(sums.losses, result.losses, (a, b) => a + b),
    gradientNorm: sums.gradientNorm + result.gradientNorm,
    seconds: sums.seconds + seconds,
    waitedSeconds: sums.waitedSeconds + waitedSeconds,
  };
}

export function meanLosses({ losses, steps }: EpochSums): StepLosses {
  return combine(losses, losses, (sum) => sum / steps);
}

function combine(a: StepLosses, b: StepLosses, map: (a: number, b: number) => number): StepLosses {
  return {
    total: map(a.total, b.total),
    arcface: map(a.arcface, b.arcface),
    triplet: map(a.triplet, b.triplet),
    center: map(a.center, b.center),
  };
}
