export {
  EarlyStopping,
  NOTHING_SEEN,
  type EarlyStoppingSpec,
  type EarlyStoppingState,
  type EarlyStoppingVerdict,
} from './early-stopping.js';
export { learningRateMultiplier, type LearningRateSpec } from './learning-rate.js';
export {
  copyTensors,
  copyWeights,
  emptyAverage,
  updateExponential,
  updateMean,
  type ModelWeights,
  type WeightAverage,
} from './weight-averaging.js';
