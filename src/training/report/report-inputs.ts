import type { TrainConfig } from '../config.js';
import type { EvaluationResult } from '../evaluation/compute-evaluation.js';
import type { EpochRow, RunInputs } from '../evaluation/run-inputs.js';
import type { EvaluationSummary } from '../evaluation/summary.js';
import type { GoldenSet } from '../golden-samples/index.js';
import type { Plots } from './plots.js';

export interface ReportInputs {
  readonly runFolder: string;
  readonly config: TrainConfig;
  readonly inputs: RunInputs;
  readonly epochs: readonly EpochRow[];
  readonly goldens: GoldenSet;
  readonly result: EvaluationResult;
  readonly summary: EvaluationSummary;
  readonly plots: Plots;
}
