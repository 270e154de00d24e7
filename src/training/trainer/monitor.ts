import type { TrainConfig } from '../config.js';
import type { ValidationFigures } from './records.js';
import type { TrainingData } from './training-data.js';

/** The figure that chooses the best epoch and stops early. */
export interface Monitor {
  readonly name: TrainConfig['training']['monitor'] | 'trainLoss';
  readonly higherIsBetter: boolean;
  /** Why this is not the configured figure; null when it is. */
  readonly note: string | null;
}

/** The configured figure where the validation pictures can give it, otherwise the nearest that they can. */
export function chooseMonitor(configured: TrainConfig['training']['monitor'], data: TrainingData): Monitor {
  const validationCount = data.rows.length - data.trainCount;
  if (validationCount < 2)
    return {
      name: 'trainLoss',
      higherIsBetter: false,
      note: `training.monitor: there are ${validationCount} validation pictures, so the best epoch is chosen by the training loss instead of ${configured}.`,
    };
  if (configured !== 'valLoss' && !hasCounterparts(data))
    return {
      name: 'valLoss',
      higherIsBetter: false,
      note: `training.monitor: no validation picture has a counterpart of its label from another source, so the best epoch is chosen by the validation loss instead of ${configured}.`,
    };
  return { name: configured, higherIsBetter: configured !== 'valLoss', note: null };
}

export function monitoredValue(
  monitor: Monitor,
  validation: Pick<ValidationFigures, 'mapAtR' | 'precisionAt1' | 'loss'> | null,
  trainLoss: number,
): number {
  const values = {
    trainLoss,
    valLoss: validation?.loss,
    mapAtR: validation?.mapAtR,
    precisionAt1: validation?.precisionAt1,
  };
  return values[monitor.name] ?? Number.NaN;
}

function hasCounterparts(data: TrainingData): boolean {
  const groupOfLabel = new Map<string, string>();
  return data.rows.slice(data.trainCount).some(({ label, groupId }) => {
    const first = groupOfLabel.get(label);
    groupOfLabel.set(label, first ?? groupId);
    return first !== undefined && first !== groupId;
  });
}
