import { join } from 'node:path';
import { badInput, writeFileAtomic, writeJsonAtomic, type StepContext } from '../../common/index.js';
import { writeThresholds } from '../calibration/index.js';
import type { TrainConfig } from '../config.js';
import {
  indicesWhere,
  pickImages,
  selectGoldens,
  writeGoldenSet,
  type EmbeddedGoldenSet,
  type EmbeddedImages,
} from '../golden-samples/index.js';
import { buildReport, drawPlots, PLOT_NAMES, reportData, writePlots, writeReportData } from '../report/index.js';
import { ENGLISH } from '../report-texts/index.js';
import { commitResults, recoverResults, stageResults } from './replace-results.js';
import { buildSummary } from './build-summary.js';
import { computeEvaluation, type EvaluationResult } from './compute-evaluation.js';
import { embedRun, realParts, type EmbeddingCost, type EvaluationParts } from './embed-run.js';
import {
  testMetrics,
  writeAnswersCsv,
  writeClassificationCsv,
  writeConfusionCsv,
  writeLabelReviewCsv,
  writeMetricsTable,
} from './result-files.js';
import type { GoldenEdit } from './golden-edits.js';
import { calibrationNote, evaluationNotes } from './notes.js';
import { readEpochs, readExportedEpoch, readRunInputs, type RunInputs } from './run-inputs.js';
import type { EvaluationSummary } from './summary.js';
import { worstMistakes } from './worst-mistakes.js';

export interface EvaluateSpec {
  readonly runFolder: string;
  readonly config: TrainConfig;
}

/**
 * Evaluates a run from its exported model alone and leaves everything in `results/`: golden samples,
 * thresholds, answers, figures, plots and report, and `summary_report.json` beside it. Blocks the calling
 * thread during inference: use `runInChildProcess` where anything else must stay alive.
 * A person's choice of golden samples comes in through
 * `editGoldens` (`golden-edits.ts`).
 * @throws AppError `MODEL_MISSING`, `MANIFEST_MISSING`, `NO_GOLDEN_SAMPLES`; the signal's reason when aborted.
 */
export async function evaluateRun(
  spec: EvaluateSpec,
  ctx: StepContext,
  parts?: EvaluationParts,
  editGoldens?: GoldenEdit,
): Promise<EvaluationSummary> {
  const { runFolder, config } = spec;
  const since = performance.now();
  await recoverResults(runFolder);
  const inputs = await readRunInputs(runFolder, ctx.log);
  const { images, modelDigest, cost } = await embedRun(
    runFolder,
    inputs.rows,
    config.training.threads,
    parts ?? (await realParts()),
    scaled(ctx, 0, 0.6),
  );
  ctx.signal.throwIfAborted();
  ctx.onProgress({ fraction: 0.6, message: 'golden samples' });
  const fresh = await goldensOf(images, config, modelDigest);
  const goldens = editGoldens === undefined ? fresh : await editGoldens(fresh, images);
  if (!goldens.set.goldens.some(({ role }) => role === 'ok'))
    throw badInput(
      'NO_GOLDEN_SAMPLES',
      `${runFolder}: expected good training images to choose golden samples from, got none; confirm the orientation of at least one class`,
    );
  const result = await computeEvaluation({ images, goldens, config }, scaled(ctx, 0.65, 0.85));
  ctx.signal.throwIfAborted();
  ctx.onProgress({ fraction: 0.85, message: 'plots and report' });
  return writeResults({ runFolder, config, inputs, images, modelDigest, cost, goldens, result, since });
}

async function goldensOf(images: EmbeddedImages, config: TrainConfig, modelDigest: string): Promise<EmbeddedGoldenSet> {
  const training = indicesWhere(images, (row) => row.split === 'train');
  return selectGoldens({
    images: pickImages(images, training),
    goldensPerClass: config.evaluation.goldensPerClass,
    withNgReferences: config.data.ng === 'class',
    modelDigest,
    seed: config.experiment.seed,
  });
}

interface Results {
  readonly runFolder: string;
  readonly config: TrainConfig;
  readonly inputs: RunInputs;
  readonly images: EmbeddedImages;
  readonly modelDigest: string;
  readonly cost: EmbeddingCost;
  readonly goldens: EmbeddedGoldenSet;
  readonly result: EvaluationResult;
  /** `performance.now()` at the start of the evaluation. */
  readonly since: number;
}

async function writeResults(spec: Results): Promise<EvaluationSummary> {
  const { runFolder, config, inputs, modelDigest, cost, goldens, result } = spec;
  const staging = await stageResults(runFolder);
  const path = (name: string): string => join(staging, name);
  await writeGoldenSet(path('golden_samples'), runFolder, goldens);
  await writeThresholds(path('thresholds.json'), result.thresholds);
  await writeAnswersCsv(path('evaluation_results.csv'), result.answers);
  await writeClassificationCsv(path('classification_report.csv'), result.classification);
  await writeConfusionCsv(path('confusion_matrix.csv'), result.confusion);
  await writeLabelReviewCsv(path('label_review.csv'), result.doubts);
  const mistakes = worstMistakes(result.answers, spec.images, goldens);
  await writeJsonAtomic(path('mistakes.json'), { version: 1, mistakes });
  const epochs = await readEpochs(runFolder);
  const notes = evaluationNotes({ config, inputs, goldens: goldens.set, result });
  const summary = buildSummary({
    runFolder,
    config,
    inputs,
    epochs,
    exportedEpoch: await readExportedEpoch(runFolder),
    goldens,
    result,
    modelDigest,
    cost,
    evaluateSeconds: (performance.now() - spec.since) / 1000,
    notes,
    files: RESULT_FILES,
  });
  await writeJsonAtomic(path('test_metrics.json'), testMetrics(summary));
  await writeMetricsTable(path('test_metrics.csv'), summary);
  const calibration = calibrationNote(result.calibration);
  const data = reportData({ config, inputs, epochs, goldens: goldens.set, result, summary, notes, calibration });
  await writeReportData(path('report_data.json'), data);
  await writePlots(staging, drawPlots(data, { texts: ENGLISH, words: 'inside' }));
  const language = config.evaluation.reportLanguage;
  await writeFileAtomic(path('report.html'), await buildReport({ runFolder, data, language }));
  await commitResults(runFolder, summary);
  return summary;
}

/** What an evaluation leaves behind, relative to the run folder. */
const RESULT_FILES = [
  'results/evaluation_results.csv',
  'results/test_metrics.json',
  'results/test_metrics.csv',
  'results/classification_report.csv',
  'results/confusion_matrix.csv',
  'results/label_review.csv',
  'results/mistakes.json',
  'results/thresholds.json',
  'results/golden_samples/manifest.json',
  'results/embeddings.safetensors',
  'results/report.html',
  'results/report_data.json',
  ...PLOT_NAMES.map((name) => `results/${name}`),
];

/** A context whose 0..1 is a part of the caller's. */
function scaled(ctx: StepContext, from: number, to: number): StepContext {
  return {
    ...ctx,
    onProgress: (progress) => ctx.onProgress({ ...progress, fraction: from + (to - from) * progress.fraction }),
  };
}
