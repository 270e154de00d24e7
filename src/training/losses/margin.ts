import type { LossConfig } from '../config.js';

/** The original system's 0.4 was read as degrees by its library: in effect hardly any margin. */
export const ORIGINAL_MARGIN_RAD = (0.4 * Math.PI) / 180;

/**
 * Angular margin in force at an epoch (from 0, fractions allowed), radians: preset `radians` rises linearly
 * from 0 to `marginRad` over `marginWarmupEpochs`, `original` is always 0.4 degrees.
 */
export function marginAtEpoch(
  config: Pick<LossConfig, 'marginPreset' | 'marginRad' | 'marginWarmupEpochs'>,
  epoch: number,
): number {
  if (config.marginPreset === 'original') return ORIGINAL_MARGIN_RAD;
  if (epoch >= config.marginWarmupEpochs) return config.marginRad;
  return (config.marginRad * Math.max(0, epoch)) / config.marginWarmupEpochs;
}
