export { answersToJson, validateAnswers, type Answer, type Answers, type ValidateAnswersOptions } from './answers.js';
export {
  applyAnswers,
  labelOf,
  orientationAfter,
  type AppliedAnswers,
  type LabelScheme,
  type OrientedImage,
} from './apply-answers.js';
export { buildDataset, type BuildDatasetResult, type BuildDatasetSpec } from './build-dataset.js';
export { chooseSamples, classNamingOf, type ClassSample, type ClassToConfirm } from './choose-samples.js';
export { angleEvidence, countAngles, type MountingAngles } from './mounting-angle.js';
export { findMixedOrientationSuspects, type OrientationSuspect, type SuspectOptions } from './mixed-orientations.js';
export { type DatasetConfig } from './plan-dataset.js';
export { DEFAULT_ROTATION_ENCODING, type RotationEncoding } from './encode-image.js';
export { type RotationJob } from './rotation-job.js';
export { openRotationPool, type RotationPool } from './rotation-pool.js';
export {
  canonicalOrientation,
  composeTurns,
  inverseTurn,
  turnBetween,
  turnCw,
  type SymmetryOrder,
} from './rotation-group.js';
