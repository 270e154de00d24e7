import { availableParallelism } from 'node:os';
import { AppError, type StepContext } from '../../common/index.js';
import type { TrainConfig } from '../config.js';
import type { Embedder } from '../embedder.js';
import type { Engine, EngineOptions } from '../engines/engine.js';
import { InputPipeline, resolveLoaderThreads } from '../input-pipeline/index.js';
import { MPerClassSampler } from '../samplers/index.js';
import { exportModel } from './export-model.js';
import { explainShortage } from './guards.js';
import { chooseMonitor } from './monitor.js';
import { fingerprint } from './provenance.js';
import type { TrainResult } from './records.js';
import { prepareStart } from './start.js';
import { loadTrainingData, type TrainingData } from './training-data.js';
import { TrainingRun } from './training-run.js';

export interface TrainSpec {
  readonly runFolder: string;
  readonly config: TrainConfig;
  /** Go on from the run's checkpoint where there is one; otherwise train from the start. */
  readonly resume?: boolean;
  readonly engineOptions?: EngineOptions;
}

/** What a training needs from outside; tests put simpler parts in. */
export interface TrainerParts {
  readonly selectEngine: (
    config: TrainConfig,
    options?: EngineOptions,
  ) => Promise<{ readonly engine: Engine; readonly reason: string }>;
  readonly createEmbedder: (onnx: Uint8Array, options: { readonly threads: number }) => Promise<Embedder>;
}

/**
 * Trains on a run's data set and leaves the model in its folder (DESIGN.md, "Run folder"). Blocks the calling
 * thread during each step: use `runInChildProcess` where anything else must stay alive.
 * @throws AppError for a data set without a clean certificate, unsuitable settings, diverging losses, too little
 * memory, or an export that differs; the signal's reason when aborted (a checkpoint is kept).
 */
export async function train(spec: TrainSpec, ctx: StepContext, parts?: TrainerParts): Promise<TrainResult> {
  try {
    return await trainOnce(spec, ctx, parts);
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'DEVICE_LOST') || spec.config.training.onDeviceLost !== 'cpu')
      throw error;
    ctx.log.warn(`${error.message} Going on from the last checkpoint on the processor.`);
    const training = { ...spec.config.training, engine: 'onnx', executionProvider: 'cpu' } as const;
    return trainOnce({ ...spec, config: { ...spec.config, training }, resume: true }, ctx, parts);
  }
}

async function trainOnce(spec: TrainSpec, ctx: StepContext, parts?: TrainerParts): Promise<TrainResult> {
  const { config, runFolder } = spec;
  const { selectEngine, createEmbedder } = parts ?? (await realParts());
  try {
    const data = await loadTrainingData(runFolder, ctx);
    const sampler = buildSampler(config, data);
    const monitor = chooseMonitor(config.training.monitor, data);
    const notes = [...sampler.notes, ...(monitor.note === null ? [] : [monitor.note])];
    for (const note of notes) ctx.log.warn(note);
    const { engine, reason } = await selectEngine(config, spec.engineOptions);
    ctx.log.info(`training on ${engine.name}`, { reason, trainImages: data.trainCount, classes: data.classes.length });
    const threads = config.training.threads > 0 ? config.training.threads : availableParallelism();
    const session = await engine.createSession({
      model: config.model,
      loss: config.loss,
      classCount: data.classes.length,
      batchSize: config.training.batchSize,
      imageSizePx: config.data.imageSizePx,
      normalisation: data.normalisation,
      seed: config.experiment.seed,
      threads,
    });
    try {
      const pipeline = openPipeline(config, data);
      try {
        const start = await prepareStart(
          { runFolder, config, resume: spec.resume ?? false },
          fingerprint(config, data),
          session,
          ctx,
        );
        const run = new TrainingRun(
          { runFolder, config, data, sampler, session, pipeline, monitor },
          start.progress,
          start.average,
          ctx,
        );
        await run.finish();
        const exportCosine = await exportModel(
          {
            runFolder,
            config,
            data,
            session,
            pipeline,
            engine: { name: engine.name, reason },
            createEmbedder: (onnx) => createEmbedder(onnx, { threads }),
          },
          ctx,
        );
        ctx.onProgress({ fraction: 1, message: 'trained' });
        return resultOf(run, data, { engine: engine.name, engineReason: reason, exportCosine, notes });
      } finally {
        await pipeline.close();
      }
    } finally {
      await session.dispose();
    }
  } catch (error) {
    throw explainShortage(error, config, runFolder);
  }
}

function buildSampler(config: TrainConfig, data: TrainingData): MPerClassSampler {
  return new MPerClassSampler({
    labels: data.labels.slice(0, data.trainCount),
    batchSize: config.training.batchSize,
    samplesPerClass: config.training.samplesPerClass,
    seed: config.experiment.seed,
  });
}

function openPipeline(config: TrainConfig, data: TrainingData): InputPipeline {
  return new InputPipeline({
    files: data.files,
    imageSizePx: config.data.imageSizePx,
    augmentation: config.data.augmentation,
    threads: resolveLoaderThreads(config.data.loaderThreads),
    cacheMiB: config.data.cacheMiB,
  });
}

function resultOf(
  { progress }: TrainingRun,
  data: TrainingData,
  rest: Pick<TrainResult, 'engine' | 'engineReason' | 'exportCosine' | 'notes'>,
): TrainResult {
  const { best, history, stopped } = progress;
  return {
    classes: data.classes,
    trainImages: data.trainCount,
    validationImages: data.rows.length - data.trainCount,
    epochsRun: history.length,
    bestEpoch: best?.epoch ?? history.length,
    bestWeights: best?.weights ?? 'raw',
    bestValidation: best?.figures ?? null,
    stoppedEarly: stopped,
    history,
    seconds: history.reduce((sum, { seconds }) => sum + seconds, 0),
    ...rest,
  };
}

async function realParts(): Promise<TrainerParts> {
  // Loaded late: tests and callers that bring their own parts need no native library.
  const { createOnnxEmbedder, selectEngine } = await import('../engines/index.js');
  return { selectEngine, createEmbedder: createOnnxEmbedder };
}
