export { MIN_EXPORT_COSINE } from './export-model.js';
export { type EpochRecord, type TrainResult, type ValidationFigures, type WeightsKind } from './records.js';
export { train, type TrainerParts, type TrainSpec } from './train.js';
