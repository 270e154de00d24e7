import type { EarlyStoppingState } from '../schedule/index.js';
import type { EpochSums } from './epoch-sums.js';
import type { EpochRecord, ValidationFigures, WeightsKind } from './records.js';

/** The epoch whose weights lie in `best_model.safetensors`. */
export interface BestRecord {
  /** From 1. */
  readonly epoch: number;
  readonly weights: WeightsKind;
  readonly figures: ValidationFigures | null;
}

/** Where a training stands: with the tensors of a checkpoint all that is needed to go on. */
export interface RunProgress {
  /** Digest of all that shapes the training; a checkpoint of another training is refused. */
  readonly fingerprint: string;
  /** Next epoch, from 0, and next batch in it. */
  readonly epoch: number;
  readonly batch: number;
  /** Steps taken in all. */
  readonly steps: number;
  /** Epochs whose end has gone into the mean of weights (SWA). */
  readonly averagedEpochs: number;
  /** Pretrained weights were loaded, so the backbone may be frozen at first. */
  readonly pretrained: boolean;
  readonly sums: EpochSums;
  readonly stopping: EarlyStoppingState;
  readonly stopped: boolean;
  readonly best: BestRecord | null;
  readonly history: readonly EpochRecord[];
}
