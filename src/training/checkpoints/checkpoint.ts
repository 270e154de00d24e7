import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../common/index.js';
import type { LossScaleState, NamedTensors, TrainingState } from '../engines/engine.js';
import type { ModelWeights, WeightAverage } from '../schedule/index.js';
import { readSafetensors, writeSafetensors, type StoredTensor } from '../weights/index.js';

const FORMAT = 'polarline-checkpoint-1';

/** All that a training needs to continue bit for bit; `progress` is the trainer's own plain data. */
export interface Checkpoint<Progress> {
  readonly progress: Progress;
  readonly state: TrainingState;
  readonly average: WeightAverage;
}

const SECTIONS = ['parameters', 'buffers', 'firstMoments', 'secondMoments'] as const;

/** Where a run's resumable state lies: one file, so that it appears whole or not at all. */
export function checkpointPath(checkpointsFolder: string): string {
  return join(checkpointsFolder, 'last.safetensors');
}

/** Writes tensors and progress into one safetensors file (the progress as JSON in its metadata). */
export async function writeCheckpoint<Progress>(path: string, checkpoint: Checkpoint<Progress>): Promise<void> {
  const { state, average, progress } = checkpoint;
  const tensors: NamedTensors = new Map();
  for (const section of SECTIONS) addSection(tensors, section, state[section]);
  if (average.weights !== null) {
    addSection(tensors, 'averageParameters', average.weights.parameters);
    addSection(tensors, 'averageBuffers', average.weights.buffers);
  }
  await writeSafetensors(path, tensors, {
    format: FORMAT,
    stepCounts: JSON.stringify(state.stepCounts),
    ...(state.lossScale ? { lossScale: JSON.stringify(state.lossScale) } : {}),
    averageCount: String(average.count),
    progress: JSON.stringify(progress),
  });
}

/**
 * Reads a checkpoint back; null when there is none.
 * @throws AppError `CHECKPOINT_UNREADABLE` when the file is damaged or of another format.
 */
export async function readCheckpoint<Progress>(path: string): Promise<Checkpoint<Progress> | null> {
  if (!existsSync(path)) return null;
  const { tensors, metadata } = await readSafetensors(path);
  const { format, stepCounts, lossScale, averageCount, progress } = metadata;
  if (format !== FORMAT || stepCounts === undefined || averageCount === undefined || progress === undefined)
    throw new AppError(
      'badInput',
      'CHECKPOINT_UNREADABLE',
      `${path}: expected a checkpoint of format ${FORMAT}, got ${format ?? 'none'}. Remove the file to train from the start.`,
      { path },
    );
  const section = (name: string): NamedTensors => takeSection(tensors, name);
  const averageWeights: ModelWeights = {
    parameters: section('averageParameters'),
    buffers: section('averageBuffers'),
  };
  return {
    progress: JSON.parse(progress) as Progress,
    state: {
      parameters: section('parameters'),
      buffers: section('buffers'),
      firstMoments: section('firstMoments'),
      secondMoments: section('secondMoments'),
      stepCounts: JSON.parse(stepCounts) as TrainingState['stepCounts'],
      ...(lossScale === undefined ? {} : { lossScale: JSON.parse(lossScale) as LossScaleState }),
    },
    average: {
      count: Number(averageCount),
      weights: averageWeights.parameters.size > 0 ? averageWeights : null,
    },
  };
}

function addSection(target: NamedTensors, section: string, tensors: NamedTensors): void {
  for (const [name, tensor] of tensors) target.set(`${section}/${name}`, tensor);
}

function takeSection(tensors: ReadonlyMap<string, StoredTensor>, section: string): NamedTensors {
  const prefix = `${section}/`;
  return new Map(
    [...tensors]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { shape, data }]) => [name.slice(prefix.length), { shape, data }]),
  );
}
