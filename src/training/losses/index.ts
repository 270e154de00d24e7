export type { LossDefinition, LossInputs, LossOutputs } from './loss.js';
export { arcFace, type ArcFaceInputs } from './arcface.js';
export { buildLoss } from './build-loss.js';
export { centerLoss } from './center.js';
export { marginAtEpoch, ORIGINAL_MARGIN_RAD } from './margin.js';
export { batchHardTriplet } from './triplet.js';
