import { z } from 'zod';
import { taskRecordSchema } from './task-record.js';

const interval = z.strictObject({ low: z.number(), high: z.number() }).nullable();
const figure = z.strictObject({ value: z.number().nullable(), interval, count: z.int() });
export const errorRateSchema = z.strictObject({ seen: z.int(), wrong: z.int(), rate: z.number().nullable(), interval });
const rates = z.strictObject({ overkill: errorRateSchema, escape: errorRateSchema, polarityEscape: errorRateSchema });
export const classKeySchema = z.strictObject({ product: z.string(), component: z.string(), light: z.string() });
const answerFigures = { images: z.int(), accuracy: figure, nearestAccuracy: figure, rates };
const retrieval = z.strictObject({
  images: z.int(),
  precisionAt1: figure,
  mapAtR: figure,
  rPrecision: figure,
  meanAveragePrecision: figure,
  meanReciprocalRank: figure,
  meanAveragePrecisionAt10: figure,
  original: z.strictObject({
    precisionAt1: z.number().nullable(),
    meanAveragePrecisionAt10: z.number().nullable(),
    meanReciprocalRankAt10: z.number().nullable(),
  }),
});
const averages = z.strictObject({ precision: z.number(), recall: z.number(), f1: z.number() });
const classification = z.strictObject({
  accuracy: z.number().nullable(),
  macro: averages,
  weighted: averages,
  perClass: z.record(z.string(), averages.extend({ support: z.int() })),
});
const knn = classification.extend({ k: z.int(), meanConfidence: z.number().nullable() });
const counts = z.strictObject({ images: z.int(), sources: z.int(), ng: z.int() });

/** `summary_report.json`: what a run came to, for machines. Rates are shares (0..1), times seconds. */
export const evaluationSummarySchema = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  data: z.strictObject({
    labels: z.enum(['orientation', 'component']),
    ng: z.enum(['class', 'calibration']),
    classKeys: z.int(),
    train: counts,
    val: counts,
    calibration: counts,
    crossSplitEdges: z.int().nullable(),
    splitDigest: z.string().nullable(),
  }),
  accuracy: z.strictObject({
    all: z.strictObject(answerFigures),
    originals: z.strictObject(answerFigures),
    rotated: z.strictObject(answerFigures),
  }),
  retrieval: z.strictObject({ all: retrieval, originals: retrieval, rotated: retrieval, okOnly: retrieval }),
  silhouette: z.number().nullable(),
  /** The same model judged by the other choice of `labels` and, where NG is a class, without NG references. */
  otherwise: z.strictObject({
    labels: z.strictObject({ precisionAt1: z.number().nullable(), mapAtR: z.number().nullable() }),
    ng: z.strictObject({ overkill: errorRateSchema, escape: errorRateSchema }).nullable(),
  }),
  classification,
  knn: z.strictObject({ leaveOneOut: knn, againstTraining: knn }),
  thresholds: z.strictObject({
    budget: z.unknown(),
    confidence: z.number(),
    digest: z.string(),
    fallback: z.strictObject({ threshold: z.number(), words: z.string() }),
  }),
  goldens: z.strictObject({
    digest: z.string(),
    perClass: z.int(),
    count: z.int(),
    ngReferences: z.int(),
    excluded: z.int(),
    missing: z.int(),
    weak: z.array(z.string()),
  }),
  rotationConsistency: errorRateSchema,
  classes: z.array(
    z.strictObject({
      ...answerFigures,
      classKey: classKeySchema,
      name: z.string(),
      threshold: z.number(),
      thresholdWords: z.string(),
      meanSimilarity: z.number().nullable(),
      precisionAt1: z.number().nullable(),
      mapAtR: z.number().nullable(),
      rotationInconsistent: errorRateSchema.nullable(),
    }),
  ),
  labelReview: z.strictObject({
    total: z.int(),
    byKind: z.record(z.string(), z.int()),
  }),
  notes: z.array(z.string()),
  provenance: z.strictObject({
    modelDigest: z.string(),
    manifestDigest: z.string(),
    bestEpoch: z.int().nullable(),
    epochs: z.int().nullable(),
    seed: z.int(),
    software: z.record(z.string(), z.unknown()),
    evaluatedWith: z.record(z.string(), z.unknown()),
    /** All settings as this evaluation used them. */
    config: z.record(z.string(), z.unknown()),
    /** `task.json`; null for data sets that no task made. */
    task: taskRecordSchema.nullable(),
  }),
  timing: z.strictObject({
    embedImages: z.int(),
    embedSeconds: z.number(),
    evaluateSeconds: z.number(),
    evaluatedAt: z.string(),
  }),
  /** Files of this evaluation, relative to the run folder. */
  files: z.array(z.string()),
});

export type EvaluationSummary = z.output<typeof evaluationSummarySchema>;
