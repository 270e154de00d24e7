import type { AdamW } from '../adamw/adamw.js';
import type { StepHyperparameters, TrainingState } from '../engine.js';
import type { ParameterRange } from './parameter-planes.js';

/** Keeps a clipped norm from dividing by zero, as PyTorch's clip_grad_norm_. */
export const CLIP_EPSILON = 1e-6;

/**
 * One AdamW step over the planes: two learning-rate groups, optional clipping to a global norm, optional
 * exemptions from weight decay. A frozen backbone is left alone entirely, its step counter included;
 * so is everything when a gradient is not finite.
 */
export function applyAdamW(
  adamw: AdamW,
  ranges: readonly ParameterRange[],
  stepCounts: TrainingState['stepCounts'],
  hyper: StepHyperparameters,
): { gradientNorm: number; stepCounts: TrainingState['stepCounts'] } {
  const active = ranges.filter(({ group }) => group === 'head' || !hyper.frozenBackbone);
  const gradientNorm = Math.sqrt(active.reduce((sum, range) => sum + adamw.gradientSumOfSquares(range), 0));
  if (!Number.isFinite(gradientNorm)) return { gradientNorm, stepCounts };
  const { gradientClipNorm } = hyper;
  const gradientScale = gradientClipNorm === null ? 1 : Math.min(1, gradientClipNorm / (gradientNorm + CLIP_EPSILON));
  const next = {
    backbone: stepCounts.backbone + (hyper.frozenBackbone ? 0 : 1),
    head: stepCounts.head + 1,
  };
  for (const range of active)
    adamw.update(range, {
      learningRate: range.group === 'backbone' ? hyper.learningRateBackbone : hyper.learningRateHead,
      weightDecay: hyper.weightDecayExemptions && range.decayExempt ? 0 : hyper.weightDecay,
      stepCount: next[range.group],
      gradientScale,
    });
  return { gradientNorm, stepCounts: next };
}
