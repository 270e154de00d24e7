import type { TrainConfig } from '../config.js';
import type { TrainingSession, TrainingState } from '../engines/engine.js';
import type { InputPipeline } from '../input-pipeline/index.js';
import type { ModelWeights } from '../schedule/index.js';
import { monitoredValue, type Monitor } from './monitor.js';
import type { ValidationFigures, WeightsKind } from './records.js';
import { withWeights } from './session-weights.js';
import type { TrainingData } from './training-data.js';
import { detailedFigures, embedRows, overallFigures, type OverallFigures } from './validation.js';

/** The weights that an epoch is judged by. */
export interface ValidationOutcome {
  readonly kind: WeightsKind;
  readonly weights: ModelWeights;
  /** Null where there are no validation pictures. */
  readonly figures: ValidationFigures | null;
}

export interface ValidatorParts {
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly session: TrainingSession;
  readonly pipeline: InputPipeline;
  readonly monitor: Monitor;
}

interface Measured {
  readonly kind: WeightsKind;
  readonly weights: ModelWeights;
  readonly embeddings: Float32Array;
  readonly overall: OverallFigures;
}

/** Measures the present weights and the averaged ones; the better of the two counts. */
export class Validator {
  constructor(
    private readonly parts: ValidatorParts,
    private readonly signal: AbortSignal,
  ) {}

  async validate(state: TrainingState, averaged: ModelWeights | null): Promise<ValidationOutcome> {
    const { data, session } = this.parts;
    if (data.rows.length === data.trainCount) return { kind: 'raw', weights: state, figures: null };
    const raw = await this.measure('raw', state, state);
    const better =
      averaged === null
        ? raw
        : this.better(
            raw,
            await withWeights(session, state, averaged, () => this.measure('averaged', averaged, state)),
          );
    const { kind, weights, overall, embeddings } = better;
    return { kind, weights, figures: await detailedFigures(overall, embeddings, data, this.signal) };
  }

  /** With the weights in question in the session. */
  private async measure(kind: WeightsKind, weights: ModelWeights, state: TrainingState): Promise<Measured> {
    const { session, pipeline, data, config } = this.parts;
    const indices = Array.from({ length: data.rows.length - data.trainCount }, (_, i) => data.trainCount + i);
    const embeddings = await embedRows(session, pipeline, indices, this.signal);
    const criterion = new Map([...state.parameters, ...weights.parameters]);
    const loss = { config: config.loss, criterion, seed: config.experiment.seed };
    return { kind, weights, embeddings, overall: await overallFigures(embeddings, data, loss, this.signal) };
  }

  /** By the monitored figure, then by the validation loss; averaged weights where both are equal. */
  private better(raw: Measured, averaged: Measured): Measured {
    const { monitor } = this.parts;
    const [rawValue, averagedValue] = [raw, averaged].map(({ overall }) => monitoredValue(monitor, overall, 0));
    if (rawValue !== averagedValue) return rawValue! > averagedValue! === monitor.higherIsBetter ? raw : averaged;
    return (raw.overall.loss ?? 0) < (averaged.overall.loss ?? 0) ? raw : averaged;
  }
}
