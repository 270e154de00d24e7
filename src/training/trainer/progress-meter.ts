import type { StepContext } from '../../common/index.js';

const MIN_INTERVAL_MS = 250;
/** Share of the whole that training takes; the rest is export and its check. */
const TRAINING_SHARE = 0.97;
/** Weight of the newest batch in the smoothed speed. */
const SMOOTHING = 0.1;

/** Turns batches into progress: fraction, images a second, seconds left. */
export class ProgressMeter {
  private lastReportMs = Number.NEGATIVE_INFINITY;
  private lastBatchMs = performance.now();
  private secondsPerBatch: number | null = null;

  constructor(
    private readonly ctx: Pick<StepContext, 'onProgress'>,
    private readonly plan: { readonly batchesPerEpoch: number; readonly maxEpochs: number; readonly batchSize: number },
  ) {}

  /** After each batch; says something a few times a second at most. */
  batchDone(epoch: number, batch: number, figures: Record<string, number>): void {
    const nowMs = performance.now();
    const seconds = (nowMs - this.lastBatchMs) / 1000;
    this.lastBatchMs = nowMs;
    this.secondsPerBatch =
      this.secondsPerBatch === null ? seconds : this.secondsPerBatch + SMOOTHING * (seconds - this.secondsPerBatch);
    if (nowMs - this.lastReportMs < MIN_INTERVAL_MS) return;
    this.lastReportMs = nowMs;
    this.report(epoch, batch, figures);
  }

  /** After each epoch, with its figures. */
  epochDone(epoch: number, figures: Record<string, number>): void {
    this.lastBatchMs = performance.now();
    this.report(epoch, this.plan.batchesPerEpoch, figures);
  }

  private report(epoch: number, batch: number, figures: Record<string, number>): void {
    const { batchesPerEpoch, maxEpochs, batchSize } = this.plan;
    const done = epoch * batchesPerEpoch + batch;
    const left = maxEpochs * batchesPerEpoch - done;
    const perBatch = this.secondsPerBatch;
    this.ctx.onProgress({
      fraction: TRAINING_SHARE * (done / (maxEpochs * batchesPerEpoch)),
      message: `epoch ${epoch + 1} of ${maxEpochs}`,
      metrics: {
        epoch: epoch + 1,
        maxEpochs,
        ...figures,
        ...(perBatch === null ? {} : { imagesPerSecond: batchSize / perBatch, secondsLeft: left * perBatch }),
      },
    });
  }
}
