import type { ErrorWire, StepProgress } from '../../common/index.js';
import type { TrainConfig } from '../config.js';
import type { EngineOptions } from '../engines/engine.js';
import type { EvaluationSummary, GoldenChoice } from '../evaluation/index.js';
import type { WriteReportSpec } from '../report/index.js';
import type { TrainResult } from '../trainer/index.js';

export interface TrainJob {
  readonly kind: 'train';
  readonly runFolder: string;
  readonly config: TrainConfig;
  readonly resume?: boolean;
  readonly engineOptions?: EngineOptions;
}

export interface EvaluateJob {
  readonly kind: 'evaluate';
  readonly runFolder: string;
  /** With what it was trained; settings of its last evaluation, if there was one, stay. */
  readonly config: TrainConfig;
  /** Golden samples that a person chose, over those of the last evaluation. */
  readonly goldenChoices?: readonly GoldenChoice[];
}

/** `model`: a run folder or an ONNX file; `input`: a folder of pictures; `output`: `.npz` or `.jsonl`. */
export interface EmbedJob {
  readonly kind: 'embed';
  readonly model: string;
  readonly input: string;
  readonly output: string;
  readonly batchSize?: number;
  /** 0 (default) takes all cores. */
  readonly threads?: number;
}

/** A run's report in a language, from what its evaluation left. */
export interface ReportJob extends WriteReportSpec {
  readonly kind: 'report';
}

export interface EmbedSummary {
  readonly output: string;
  readonly written: number;
  readonly embeddingSize: number;
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** What may run in a process of its own. */
export type Job = TrainJob | EvaluateJob | EmbedJob | ReportJob;

interface Results {
  readonly train: TrainResult;
  readonly evaluate: EvaluationSummary;
  readonly embed: EmbedSummary;
  readonly report: null;
}
export type JobResult<J extends Job> = Results[J['kind']];

/** Parent to child. */
export type ToChild =
  /** `guarded`: files appear only with the parent's leave. */
  | { readonly type: 'run'; readonly job: Job; readonly guarded?: boolean }
  | { readonly type: 'abort' }
  /** The answer to `mayPublish`; an error is a no. */
  | { readonly type: 'mayPublish'; readonly id: number; readonly error: ErrorWire | null };

/** Child to parent. */
export type ToParent =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly progress: StepProgress }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn';
      readonly message: string;
      readonly details?: Record<string, unknown>;
    }
  /** Asked before a file appears under its final name; the child waits for the answer. */
  | { readonly type: 'mayPublish'; readonly id: number }
  | { readonly type: 'result'; readonly result: unknown }
  | { readonly type: 'error'; readonly error: ErrorWire };
