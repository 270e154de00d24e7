import { rm } from 'node:fs/promises';
import { badInput, type StepContext } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { checkpointPath, readCheckpoint, readModelFile } from '../checkpoints/index.js';
import type { TrainConfig } from '../config.js';
import type { TrainingSession } from '../engines/engine.js';
import { buildModel } from '../models/index.js';
import { emptyAverage, NOTHING_SEEN, type EarlyStoppingState, type WeightAverage } from '../schedule/index.js';
import { loadPretrained, withPretrained } from '../weights/index.js';
import { emptySums } from './epoch-sums.js';
import type { BestRecord, RunProgress } from './run-progress.js';

export interface StartingPoint {
  readonly progress: RunProgress;
  readonly average: WeightAverage;
}

/**
 * Brings a fresh session to where the training begins: a checkpoint of this very training, or pretrained weights,
 * or the random start.
 * @throws AppError `CHECKPOINT_OF_OTHER_TRAINING` when the checkpoint was made with other settings or data.
 */
export async function prepareStart(
  spec: { readonly runFolder: string; readonly config: TrainConfig; readonly resume: boolean },
  fingerprint: string,
  session: TrainingSession,
  ctx: StepContext,
): Promise<StartingPoint> {
  const folder = new RunFolder(spec.runFolder);
  if (spec.resume) {
    const resumed = await resume(folder, fingerprint, session, ctx);
    if (resumed !== null) return resumed;
  } else {
    // What an earlier training left must not be taken for this one's.
    await rm(checkpointPath(folder.checkpoints), { force: true });
    await rm(folder.bestWeights, { force: true });
  }
  const { pretrained } = spec.config.model;
  if (pretrained !== null) await startFromPretrained(pretrained, spec.config.model, session, ctx);
  return {
    average: emptyAverage,
    progress: {
      fingerprint,
      epoch: 0,
      batch: 0,
      steps: 0,
      averagedEpochs: 0,
      pretrained: pretrained !== null,
      sums: emptySums,
      stopping: NOTHING_SEEN,
      stopped: false,
      best: null,
      history: [],
    },
  };
}

async function resume(
  folder: RunFolder,
  fingerprint: string,
  session: TrainingSession,
  ctx: StepContext,
): Promise<StartingPoint | null> {
  const path = checkpointPath(folder.checkpoints);
  const checkpoint = await readCheckpoint<RunProgress>(path);
  if (checkpoint === null) return null;
  if (checkpoint.progress.fingerprint !== fingerprint)
    throw badInput(
      'CHECKPOINT_OF_OTHER_TRAINING',
      `${path}: expected a checkpoint of these settings and this data set, got one of others, or of another release of Polarline. Start the task anew, or remove ${path} and retry it: it then trains from the beginning.`,
      { path },
    );
  await session.writeState(checkpoint.state);
  const progress = await adoptLaterBest(folder, checkpoint.progress);
  ctx.log.info('training goes on from its checkpoint', { epoch: progress.epoch + 1, batch: progress.batch + 1 });
  return { progress, average: checkpoint.average };
}

/** The best model may be younger than the checkpoint: it was measured, so it stays the best. */
async function adoptLaterBest(folder: RunFolder, progress: RunProgress): Promise<RunProgress> {
  const file = await readModelFile(folder.bestWeights).catch(() => null);
  const { fingerprint, best, stopping } = file?.metadata ?? {};
  if (fingerprint !== progress.fingerprint || best === undefined || stopping === undefined)
    return { ...progress, best: null };
  return {
    ...progress,
    best: JSON.parse(best) as BestRecord,
    stopping: JSON.parse(stopping) as EarlyStoppingState,
  };
}

async function startFromPretrained(
  path: string,
  model: TrainConfig['model'],
  session: TrainingSession,
  ctx: StepContext,
): Promise<void> {
  const pretrained = await loadPretrained(path, buildModel(model));
  await session.writeState(withPretrained(await session.readState(), pretrained));
  ctx.log.info('pretrained weights loaded', {
    path,
    source: pretrained.source,
    loaded: pretrained.loaded.length,
    missing: pretrained.missing,
    unused: pretrained.unused,
  });
}
