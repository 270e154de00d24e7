import type { StepLosses } from '../engines/engine.js';

/** Retrieval figures of the validation pictures; null where no query has a counterpart. */
export interface ValidationFigures {
  readonly mapAtR: number | null;
  readonly precisionAt1: number | null;
  /** Among pictures as they were taken. */
  readonly mapAtROriginals: number | null;
  readonly precisionAt1Originals: number | null;
  /** Among turned copies. */
  readonly mapAtRRotated: number | null;
  readonly precisionAt1Rotated: number | null;
  /** The training loss at its final margin, over batches of mixed classes. */
  readonly loss: number | null;
}

export type WeightsKind = 'raw' | 'averaged';

/** What one epoch came to; a row of `metrics.csv`. */
export interface EpochRecord {
  /** From 1, as people count. */
  readonly epoch: number;
  readonly losses: StepLosses;
  readonly gradientNorm: number;
  readonly learningRateBackbone: number;
  readonly learningRateHead: number;
  readonly marginRad: number;
  readonly frozenBackbone: boolean;
  /** Of the better of the two sets of weights; null in epochs that were not validated. */
  readonly validation: ValidationFigures | null;
  readonly validatedWeights: WeightsKind | null;
  readonly imagesPerSecond: number;
  readonly seconds: number;
  /** Share of the training time in which the step waited for pictures. */
  readonly waitShare: number;
}

/** The outcome of a training. */
export interface TrainResult {
  /** Labels in the order of the class indices. */
  readonly classes: readonly string[];
  readonly trainImages: number;
  readonly validationImages: number;
  readonly epochsRun: number;
  /** From 1. */
  readonly bestEpoch: number;
  readonly bestWeights: WeightsKind;
  readonly bestValidation: ValidationFigures | null;
  readonly stoppedEarly: boolean;
  readonly engine: string;
  readonly engineReason: string;
  /** Lowest cosine between the training engine's embedding and the exported file's. */
  readonly exportCosine: number;
  readonly history: readonly EpochRecord[];
  readonly seconds: number;
  /** What was adjusted or is worth knowing, in sentences. */
  readonly notes: readonly string[];
}
