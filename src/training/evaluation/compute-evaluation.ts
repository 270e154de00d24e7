import type { StepContext } from '../../common/index.js';
import { classKeyId, NG_LABEL, ORIENTATIONS, type ManifestRow } from '../../dataset/index.js';
import type { ThresholdSet } from '../calibration/index.js';
import type { TrainConfig } from '../config.js';
import {
  GoldenMatcher,
  indicesWhere,
  pickImages,
  type EmbeddedGoldenSet,
  type EmbeddedImages,
} from '../golden-samples/index.js';
import {
  classificationReport,
  confusionMatrix,
  type ClassificationReport,
  type ConfusionMatrix,
} from '../metrics/index.js';
import { answerAll, naturalOrientations, type Answer } from './answers.js';
import {
  answerFigures,
  classBreakdown,
  type AnswerFigures,
  type ClassBreakdown,
  type FigureSettings,
} from './breakdown.js';
import { fitHeldOutThresholds, thresholdSet, type CalibrationSet } from './held-out-thresholds.js';
import { reviewLabels, type LabelDoubt } from './label-review.js';
import { judgedOtherwise, type Otherwise } from './otherwise.js';
import { knnFigures, retrievalReport, type KnnFigures, type RetrievalReport } from './retrieval-figures.js';
import { rotationConsistency, type RotationConsistency } from './rotation-consistency.js';

export interface EvaluationInputs {
  /** All images of the run, training ones included. */
  readonly images: EmbeddedImages;
  readonly goldens: EmbeddedGoldenSet;
  readonly config: TrainConfig;
}

/** Everything an evaluation finds, before any file is written. */
export interface EvaluationResult {
  readonly answers: readonly Answer[];
  readonly thresholds: ThresholdSet;
  readonly calibration: CalibrationSet;
  readonly accuracy: {
    readonly all: AnswerFigures;
    readonly originals: AnswerFigures;
    readonly rotated: AnswerFigures;
  };
  readonly confusion: ConfusionMatrix;
  readonly classification: ClassificationReport;
  readonly retrieval: RetrievalReport;
  readonly knn: { readonly leaveOneOut: KnnFigures; readonly againstTraining: KnnFigures };
  readonly consistency: RotationConsistency;
  readonly classes: readonly ClassBreakdown[];
  readonly doubts: readonly LabelDoubt[];
  readonly otherwise: Otherwise;
}

/**
 * Judges the validation images with golden samples from training and thresholds from held-out images.
 * What is fitted where: golden samples on `train`, thresholds on `val` and `calibration` without the
 * judged image's own group, figures on `val`.
 */
export async function computeEvaluation(inputs: EvaluationInputs, ctx: StepContext): Promise<EvaluationResult> {
  const { images, goldens, config } = inputs;
  const natural = naturalOrientations(images.rows);
  const matcher = new GoldenMatcher(goldens);
  const thresholds = fitHeldOutThresholds(images, matcher, goldens.set, natural, config.evaluation);
  const validation = pickImages(
    images,
    indicesWhere(images, (row) => row.split === 'val'),
  );
  const answers = answerAll({
    images: validation,
    matcher,
    thresholdOf: thresholds.judgeBy,
    expectedOrientation: natural,
  });
  const settings: FigureSettings = {
    natural,
    samples: config.evaluation.bootstrapSamples,
    confidence: config.evaluation.confidence,
    seed: config.experiment.seed,
  };
  ctx.onProgress({ fraction: 0.3, message: 'retrieval figures' });
  // With `ng: calibration` NG is no class of the model, so it is nothing to retrieve.
  const isClass = (row: ManifestRow): boolean => row.ok || config.data.ng === 'class';
  const retrievable = pickImages(validation, indicesWhere(validation, isClass));
  const retrieval = await retrievalReport(retrievable, settings, ctx.signal);
  ctx.onProgress({ fraction: 0.5, message: 'nearest neighbours' });
  const training = pickImages(
    images,
    indicesWhere(images, (row) => row.split === 'train' && isClass(row)),
  );
  const knn = {
    leaveOneOut: await knnFigures(retrievable, config.knn.k, { signal: ctx.signal }),
    againstTraining: await knnFigures(retrievable, config.knn.k, { gallery: training, signal: ctx.signal }),
  };
  ctx.onProgress({ fraction: 0.7, message: 'label review' });
  const doubts = await reviewLabels(images);
  const consistency = rotationConsistency(answers, config.evaluation.confidence);
  const inconsistency = new Map(consistency.classes.map((c) => [classKeyId(c.classKey), c.inconsistent]));
  const labels = answerClasses(answers);
  const truths = answers.map(({ trueClass }) => labels.indexOf(trueClass));
  const predictions = answers.map(({ predictedClass }) => labels.indexOf(predictedClass));
  return {
    answers,
    thresholds: thresholdSet(thresholds, goldens.set, config.evaluation),
    calibration: thresholds.calibration,
    accuracy: {
      all: answerFigures(answers, settings),
      originals: answerFigures(
        answers.filter(({ row }) => row.rotationCwDeg === 0),
        settings,
      ),
      rotated: answerFigures(
        answers.filter(({ row }) => row.rotationCwDeg !== 0),
        settings,
      ),
    },
    confusion: confusionMatrix(truths, predictions, labels),
    classification: classificationReport(truths, predictions, labels),
    retrieval,
    knn,
    consistency,
    classes: classBreakdown(
      {
        answers,
        thresholdOf: (classKey) => thresholds.shipped.of(classKey),
        mapAtRByPath: retrieval.mapAtRByPath,
        precisionAt1ByPath: retrieval.precisionAt1ByPath,
        inconsistencyOf: (classKey) => inconsistency.get(classKeyId(classKey)) ?? null,
      },
      settings,
    ),
    doubts,
    otherwise: await judgedOtherwise(inputs, retrievable, settings, ctx.signal),
  };
}

/** Labels among truths and answers: orientations in clockwise order, other labels by name, NG last. */
export function answerClasses(answers: readonly Answer[]): string[] {
  const labels = new Set(answers.flatMap(({ trueClass, predictedClass }) => [trueClass, predictedClass]));
  const rank = (label: string): number => {
    if (label === NG_LABEL) return 1000;
    const orientation = (ORIENTATIONS as readonly string[]).indexOf(label);
    return orientation < 0 ? 100 : orientation;
  };
  return [...labels].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}
