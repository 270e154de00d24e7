export { crossFitThresholds } from './cross-fit.js';
export { fitThreshold, type FitSpec, type ScorePool } from './fit-threshold.js';
export {
  fitThresholds,
  type CalibrationSample,
  type FittedThresholds,
  type ThresholdFitSpec,
} from './fit-thresholds.js';
export { readThresholds, thresholdFor, writeThresholds } from './threshold-file.js';
export {
  thresholdSetSchema,
  type FittedThreshold,
  type PoolLevel,
  type SideEvidence,
  type ThresholdBudget,
  type ThresholdSet,
} from './threshold-set.js';
export { sourcesNeeded, thresholdStatements } from './words.js';
