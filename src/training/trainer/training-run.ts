import { setImmediate as nextTurn } from 'node:timers/promises';
import { RunFolder } from '../../dataset/index.js';
import { errorMessage, type StepContext } from '../../common/index.js';
import { checkpointPath, writeCheckpoint, writeModelFile } from '../checkpoints/index.js';
import type { StepHyperparameters, StepResult, TrainingState } from '../engines/engine.js';
import type { BatchRequest } from '../input-pipeline/index.js';
import { marginAtEpoch } from '../losses/index.js';
import type { MPerClassSampler } from '../samplers/index.js';
import {
  EarlyStopping,
  learningRateMultiplier,
  updateExponential,
  updateMean,
  type ModelWeights,
  type WeightAverage,
} from '../schedule/index.js';
import { addStep, emptySums, meanLosses } from './epoch-sums.js';
import { requireFinite } from './guards.js';
import { MetricsFile } from './metrics-csv.js';
import { monitoredValue } from './monitor.js';
import { ProgressMeter } from './progress-meter.js';
import type { EpochRecord } from './records.js';
import type { BestRecord, RunProgress } from './run-progress.js';
import { measureBatchNorm, readWeights } from './session-weights.js';
import { Validator, type ValidationOutcome, type ValidatorParts } from './validator.js';

/** The original's share of the learning rate for a pretrained backbone; a random one would hardly move. */
const PRETRAINED_BACKBONE_FACTOR = 0.05;
/** An exponential average takes a sample this many times within its own horizon of `1 / (1 - decay)` steps. */
const EMA_SAMPLES_PER_HORIZON = 10;
/** Batches that give averaged weights their BatchNorm statistics: what came before has faded to 0.5 %. */
const BATCH_NORM_BATCHES = 50;
/** Writing checkpoints may take this share of the time at most. */
const CHECKPOINT_TIME_SHARE = 0.05;

export interface TrainingRunParts extends ValidatorParts {
  readonly runFolder: string;
  readonly sampler: MPerClassSampler;
}

/** The epochs of one training, from wherever `progress` stands to the end. */
export class TrainingRun {
  private readonly folder: RunFolder;
  private readonly stopping: EarlyStopping;
  private readonly meter: ProgressMeter;
  private readonly validator: Validator;
  private readonly metrics: MetricsFile;
  private lastResult: StepResult | null = null;
  private lastCheckpointMs = performance.now();
  private checkpointCostMs = 0;

  constructor(
    private readonly parts: TrainingRunParts,
    public progress: RunProgress,
    private average: WeightAverage,
    private readonly ctx: StepContext,
  ) {
    const { config, sampler, monitor } = parts;
    const { enableEarlyStopping, patience, maxEpochs, batchSize, freezeBackboneEpochs, validateEveryEpochs } =
      config.training;
    this.folder = new RunFolder(parts.runFolder);
    this.metrics = new MetricsFile(this.folder.metricsCsv, ctx.log);
    this.stopping = new EarlyStopping(
      {
        higherIsBetter: monitor.higherIsBetter,
        patience: enableEarlyStopping ? patience : null,
        validateEveryEpochs,
        countFromEpoch: progress.pretrained ? freezeBackboneEpochs : 0,
      },
      progress.stopping,
    );
    this.validator = new Validator(parts, ctx.signal);
    this.meter = new ProgressMeter(ctx, { batchesPerEpoch: sampler.batchesPerEpoch, maxEpochs, batchSize });
  }

  /** Trains to the end; an abort keeps a checkpoint and throws the signal's reason. */
  async finish(): Promise<void> {
    const { maxEpochs } = this.parts.config.training;
    try {
      while (this.progress.epoch < maxEpochs && !this.progress.stopped) {
        await this.trainEpoch();
        await this.endEpoch();
      }
    } catch (error) {
      if (this.ctx.signal.aborted) await this.saveAfterAbort();
      throw error;
    }
    await this.saveCheckpoint();
    await this.metrics.finish(this.progress.history);
  }

  private async trainEpoch(): Promise<void> {
    const { config, pipeline, sampler, session, data } = this.parts;
    const { epoch } = this.progress;
    const plan = sampler.planEpoch(epoch);
    const hyper = this.hyperparameters(epoch);
    const requests = this.requests(plan, epoch).slice(this.progress.batch);
    let [sinceMs, waitedMs] = [performance.now(), pipeline.waitedMs];
    for await (const images of pipeline.batches(requests)) {
      // Gives abort messages and other events of this process their turn between two blocking steps.
      await nextTurn();
      this.ctx.signal.throwIfAborted();
      const { batch } = this.progress;
      const result = await session.step(images, this.labelsOf(plan[batch]!), hyper);
      requireFinite(
        result,
        this.lastResult,
        { epoch: epoch + 1, step: batch + 1, files: plan[batch]!.map((image) => data.rows[image]!.path) },
        config,
      );
      this.lastResult = result;
      const nowMs = performance.now();
      this.progress = {
        ...this.progress,
        batch: batch + 1,
        steps: this.progress.steps + 1,
        sums: addStep(this.progress.sums, result, (nowMs - sinceMs) / 1000, (pipeline.waitedMs - waitedMs) / 1000),
      };
      [sinceMs, waitedMs] = [nowMs, pipeline.waitedMs];
      await this.averageStep();
      this.meter.batchDone(epoch, batch + 1, { trainLoss: meanLosses(this.progress.sums).total });
      if (this.checkpointDue()) await this.saveCheckpoint();
    }
  }

  private async endEpoch(): Promise<void> {
    const { epoch } = this.progress;
    const { validateEveryEpochs, maxEpochs } = this.parts.config.training;
    await this.averageEpoch(epoch);
    const validates = (epoch + 1) % validateEveryEpochs === 0 || epoch + 1 === maxEpochs;
    const outcome = validates ? await this.validate(epoch) : null;
    const record = this.epochRecord(outcome);
    const stopped = outcome !== null && (await this.judge(outcome, record));
    this.progress = {
      ...this.progress,
      epoch: epoch + 1,
      batch: 0,
      sums: emptySums,
      stopping: this.stopping.state,
      stopped,
      history: [...this.progress.history, record],
    };
    await this.metrics.update(this.progress.history);
    this.meter.epochDone(epoch, epochFigures(record));
    this.ctx.log.info(`epoch ${record.epoch} of ${maxEpochs}`, epochFigures(record));
    if (this.checkpointDue()) await this.saveCheckpoint();
  }

  /** Keeps the epoch's weights if they are the best so far; true when the training should stop. */
  private async judge({ figures, kind, weights }: ValidationOutcome, { epoch, losses }: EpochRecord): Promise<boolean> {
    const value = monitoredValue(this.parts.monitor, figures, losses.total);
    const { keep, stop } = this.stopping.report(epoch - 1, value, figures?.loss ?? losses.total);
    if (keep) await this.keepBest(weights, { epoch, weights: kind, figures });
    return stop;
  }

  private epochRecord(outcome: ValidationOutcome | null): EpochRecord {
    const { epoch, sums } = this.progress;
    const { learningRateBackbone, learningRateHead, marginRad, frozenBackbone } = this.hyperparameters(epoch);
    return {
      epoch: epoch + 1,
      losses: meanLosses(sums),
      gradientNorm: sums.gradientNorm / sums.steps,
      learningRateBackbone,
      learningRateHead,
      marginRad,
      frozenBackbone,
      validation: outcome?.figures ?? null,
      validatedWeights: outcome?.kind ?? null,
      imagesPerSecond: (sums.steps * this.parts.config.training.batchSize) / sums.seconds,
      seconds: sums.seconds,
      waitShare: sums.waitedSeconds / sums.seconds,
    };
  }

  private hyperparameters(epoch: number): StepHyperparameters {
    const { training, loss } = this.parts.config;
    const { pretrained } = this.progress;
    const backboneFactor = training.backboneLearningRateFactor ?? (pretrained ? PRETRAINED_BACKBONE_FACTOR : 1);
    const factor = learningRateMultiplier(epoch, {
      maxEpochs: training.maxEpochs,
      warmupShare: training.warmupShare,
      swaStartEpoch: this.swaStartEpoch,
    });
    return {
      learningRateBackbone: training.learningRate * backboneFactor * factor,
      learningRateHead: training.learningRate * factor,
      weightDecay: training.weightDecay,
      weightDecayExemptions: training.weightDecayExemptions,
      gradientClipNorm: training.gradientClipNorm,
      marginRad: marginAtEpoch(loss, epoch),
      frozenBackbone: pretrained && epoch < training.freezeBackboneEpochs,
    };
  }

  private get swaStartEpoch(): number | null {
    const { weightAveraging, swaStartShare, maxEpochs } = this.parts.config.training;
    return weightAveraging === 'swa' ? Math.floor(swaStartShare * maxEpochs) : null;
  }

  /** The n-th showing of a picture in an epoch has its own random key, so repeats in a batch differ. */
  private requests(plan: readonly (readonly number[])[], epoch: number): BatchRequest[] {
    const { experiment, data } = this.parts.config;
    const shown = new Map<number, number>();
    return plan.map((batch) => ({
      augmentation: data.augmentation,
      items: batch.map((image) => {
        const showing = shown.get(image) ?? 0;
        shown.set(image, showing + 1);
        return { image, randomKey: `${experiment.seed}/${epoch}/${image}/${showing}` };
      }),
    }));
  }

  private labelsOf(batch: readonly number[]): Int32Array {
    return Int32Array.from(batch, (image) => this.parts.data.labels[image]!);
  }

  private async averageStep(): Promise<void> {
    const { weightAveraging, emaDecay } = this.parts.config.training;
    if (weightAveraging !== 'ema') return;
    const everySteps = Math.max(1, Math.round(1 / (1 - emaDecay) / EMA_SAMPLES_PER_HORIZON));
    if (this.progress.steps % everySteps !== 0) return;
    this.average = updateExponential(this.average, await readWeights(this.parts.session), emaDecay ** everySteps);
  }

  private async averageEpoch(epoch: number): Promise<void> {
    const start = this.swaStartEpoch;
    // An epoch that was stopped in its validation is ended again when the training goes on.
    if (start === null || epoch < start || this.progress.averagedEpochs > epoch) return;
    this.average = updateMean(this.average, await readWeights(this.parts.session));
    this.progress = { ...this.progress, averagedEpochs: epoch + 1 };
  }

  private async validate(epoch: number): Promise<ValidationOutcome> {
    const state = await this.parts.session.readState();
    return this.validator.validate(state, await this.averagedWeights(epoch, state));
  }

  private async averagedWeights(epoch: number, state: TrainingState): Promise<ModelWeights | null> {
    const { weights, count } = this.average;
    // An average of one is the present state itself.
    if (weights === null || count < 2) return null;
    if (this.parts.config.training.weightAveraging === 'ema') return weights;
    return measureBatchNorm(this.parts.session, state, weights, this.labelledBatches(epoch));
  }

  private async *labelledBatches(epoch: number): AsyncGenerator<{ images: Float32Array; labels: Int32Array }> {
    const plan: number[][] = [];
    // Small data sets give less than that in an epoch: take the plans of the epochs after it too.
    for (let e = epoch; plan.length < BATCH_NORM_BATCHES; e++) plan.push(...this.parts.sampler.planEpoch(e));
    plan.length = BATCH_NORM_BATCHES;
    let batch = 0;
    for await (const images of this.parts.pipeline.batches(this.requests(plan, epoch))) {
      this.ctx.signal.throwIfAborted();
      yield { images, labels: this.labelsOf(plan[batch++]!) };
    }
  }

  private async keepBest(weights: ModelWeights, best: BestRecord): Promise<void> {
    await writeModelFile(this.folder.bestWeights, weights, {
      fingerprint: this.progress.fingerprint,
      best: JSON.stringify(best),
      stopping: JSON.stringify(this.stopping.state),
    });
    this.progress = { ...this.progress, best };
  }

  private checkpointDue(): boolean {
    const { checkpointEverySeconds } = this.parts.config.training;
    const intervalMs = Math.max(checkpointEverySeconds * 1000, this.checkpointCostMs / CHECKPOINT_TIME_SHARE);
    return performance.now() - this.lastCheckpointMs >= intervalMs;
  }

  private async saveCheckpoint(): Promise<void> {
    const sinceMs = performance.now();
    const state = await this.parts.session.readState();
    await writeCheckpoint<RunProgress>(checkpointPath(this.folder.checkpoints), {
      progress: this.progress,
      state,
      average: this.average,
    });
    this.lastCheckpointMs = performance.now();
    this.checkpointCostMs = this.lastCheckpointMs - sinceMs;
  }

  /** The session holds the present weights here, wherever the abort was noticed. */
  private async saveAfterAbort(): Promise<void> {
    try {
      await this.saveCheckpoint();
    } catch (error) {
      this.ctx.log.warn('the checkpoint of the stopped training could not be written', { error: errorMessage(error) });
    }
  }
}

/** The figures of an epoch that are numbers, by name, for progress and log. */
function epochFigures({
  losses,
  validation,
  imagesPerSecond,
  learningRateHead,
  waitShare,
}: EpochRecord): Record<string, number> {
  const figures = {
    trainLoss: losses.total,
    valLoss: validation?.loss,
    valMapAtR: validation?.mapAtR,
    valPrecisionAt1: validation?.precisionAt1,
    imagesPerSecond,
    learningRate: learningRateHead,
    waitShare,
  };
  return Object.fromEntries(
    Object.entries(figures).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}
