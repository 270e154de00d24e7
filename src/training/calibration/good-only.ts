import { inverseNormalCdf } from './normal-quantile.js';
import { allowedErrors } from './allowed-errors.js';

/** A standard deviation of angles below this (radians) is taken for luck and not for precision. */
const MIN_ANGLE_SPREAD_RAD = 0.01;

/**
 * A score that, with `confidence`, all but the share `atMost` of good parts reach; null without scores.
 * With enough scores it is an order statistic and assumes nothing. With fewer, the angles to the golden
 * sample are taken as about normal (one-sided tolerance limit, Natrella 1963), and never above the
 * lowest score seen. One or two scores alone say nothing of the spread; then a floor on it decides.
 */
export function lowerToleranceLimit(
  sortedScores: readonly number[],
  atMost: number,
  confidence: number,
): number | null {
  const usable = sortedScores.filter((score) => score > -1);
  if (usable.length === 0) return null;
  const allowed = allowedErrors(sortedScores.length, atMost, confidence);
  // Those that are rejected anyway have used up a part of what the budget allows.
  const alreadyRejected = sortedScores.length - usable.length;
  if (allowed >= 0) return usable[Math.max(0, Math.min(allowed - alreadyRejected, usable.length - 1))]!;
  const angles = usable.map((score) => Math.acos(Math.max(-1, Math.min(1, score))));
  const mean = angles.reduce((sum, angle) => sum + angle, 0) / angles.length;
  const variance = angles.reduce((sum, angle) => sum + (angle - mean) ** 2, 0) / Math.max(1, angles.length - 1);
  const spread = Math.max(MIN_ANGLE_SPREAD_RAD, Math.sqrt(variance));
  const farthest = mean + toleranceFactor(angles.length, 1 - atMost, confidence) * spread;
  return Math.min(usable[0]!, Math.cos(Math.min(farthest, Math.PI)));
}

/** One-sided normal tolerance factor (Natrella's approximation), held finite for the smallest samples. */
function toleranceFactor(count: number, coverage: number, confidence: number): number {
  const zCoverage = inverseNormalCdf(coverage);
  const zConfidence = inverseNormalCdf(confidence);
  const n = Math.max(count, 4);
  const a = Math.max(0.1, 1 - zConfidence ** 2 / (2 * (n - 1)));
  const b = zCoverage ** 2 - zConfidence ** 2 / n;
  return (zCoverage + Math.sqrt(Math.max(0, zCoverage ** 2 - a * b))) / a;
}
