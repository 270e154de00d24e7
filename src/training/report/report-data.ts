import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { AppError, errorMessage, writeFileAtomic } from '../../common/index.js';
import type { SplitCertificate } from '../../dataset/index.js';
import { thresholdSetSchema } from '../calibration/index.js';
import { REPORT_LANGUAGES, trainConfigSchema, type TrainConfig } from '../config.js';
import type { Answer } from '../evaluation/answers.js';
import type { EvaluationResult } from '../evaluation/compute-evaluation.js';
import { DOUBT_KINDS } from '../evaluation/label-review.js';
import type { EpochRow, RunInputs } from '../evaluation/run-inputs.js';
import {
  classKeySchema,
  errorRateSchema,
  evaluationSummarySchema,
  type EvaluationSummary,
} from '../evaluation/summary.js';
import { rankMistakes } from '../evaluation/worst-mistakes.js';
import { goldenSetSchema, type GoldenSet } from '../golden-samples/index.js';
import { isTextKey, type Statement, type TextKey } from '../report-texts/index.js';

/** The file stays small enough to mail; everything is in the CSV files. */
const MAX_MISTAKES = 36;
const MAX_DOUBTS = 36;

const value = z.union([z.string(), z.number(), z.strictObject({ share: z.number() })]);
const statement = z.strictObject({ key: z.custom<TextKey>(isTextKey), values: z.record(z.string(), value) });
const picture = z.strictObject({ image: z.string(), label: z.string() });
const scores = z.array(z.number());
const twoSides = z.strictObject({ good: scores, bad: scores });

const mistake = z.strictObject({
  image: z.string(),
  trueClass: z.string(),
  predictedClass: z.string(),
  /** Null where a good part was answered with another class. */
  kind: z.enum(['escape', 'belowThreshold', 'nearestIsNg']).nullable(),
  similarity: z.number(),
  threshold: z.number(),
  runnerUp: z.string().nullable(),
  margin: z.number().nullable(),
  nearest: picture,
  own: picture.nullable(),
});

const doubt = z.strictObject({
  kind: z.enum(DOUBT_KINDS),
  image: z.string(),
  label: z.string(),
  side: z.enum(['train', 'val', 'calibration']),
  suggested: z.string(),
  score: z.number(),
  reason: statement,
  evidence: z.string(),
});

/** `results/report_data.json`: all that the report says, in no language, so that it can be written in any. */
export const reportDataSchema = z.strictObject({
  version: z.literal(1),
  /** What results/report.html is written in. */
  language: z.enum(REPORT_LANGUAGES),
  config: trainConfigSchema,
  summary: evaluationSummarySchema,
  notes: z.array(statement),
  /** The one of the notes that says on what the thresholds were chosen. */
  calibration: statement,
  thresholds: thresholdSetSchema,
  goldens: goldenSetSchema,
  certificate: z.custom<SplitCertificate>((one) => typeof one === 'object' && one !== null).nullable(),
  epochs: z.array(z.record(z.string(), z.number())),
  confusion: z.strictObject({ classes: z.array(z.string()), counts: z.array(z.array(z.int())) }),
  inconsistentClasses: z.array(z.strictObject({ classKey: classKeySchema, inconsistent: errorRateSchema })),
  answers: z.int(),
  mistakes: z.strictObject({ total: z.int(), shown: z.array(mistake) }),
  doubts: z.strictObject({ total: z.int(), shown: z.array(doubt) }),
  /** Behind the charts: one number an image. */
  scores: z.strictObject({
    /** What the threshold is compared with, of originals. */
    ng: twoSides,
    /** Of good images: similarity to the nearest golden sample of their own orientation, and of another. */
    turned: twoSides,
    ngSimilarities: scores,
    /** Score less the threshold, of originals. */
    shifts: twoSides,
  }),
});

export type ReportData = z.output<typeof reportDataSchema>;
export type ReportMistake = z.output<typeof mistake>;

export interface ReportDataSpec {
  readonly config: TrainConfig;
  readonly inputs: RunInputs;
  readonly epochs: readonly EpochRow[];
  readonly goldens: GoldenSet;
  readonly result: EvaluationResult;
  readonly summary: EvaluationSummary;
  readonly notes: readonly Statement[];
  readonly calibration: Statement;
}

export function reportData(spec: ReportDataSpec): ReportData {
  const { config, inputs, goldens, result, summary } = spec;
  const wrong = rankMistakes(result.answers);
  return {
    version: 1,
    language: config.evaluation.reportLanguage,
    config,
    summary,
    notes: [...spec.notes],
    calibration: spec.calibration,
    thresholds: result.thresholds,
    goldens,
    certificate: inputs.certificate,
    epochs: [...spec.epochs],
    confusion: {
      classes: [...result.confusion.classes],
      counts: result.confusion.counts.map((row) => [...row]),
    },
    inconsistentClasses: result.consistency.classes.filter(({ inconsistent }) => inconsistent.wrong > 0),
    answers: result.answers.length,
    mistakes: { total: wrong.length, shown: wrong.slice(0, MAX_MISTAKES).map((one) => mistakeOf(one, goldens)) },
    doubts: {
      total: result.doubts.length,
      shown: result.doubts.slice(0, MAX_DOUBTS).map(({ kind, row, suggested, score, reason, evidence }) => ({
        kind,
        image: row.path,
        label: row.label,
        side: row.split,
        suggested,
        score,
        reason,
        evidence,
      })),
    },
    scores: scoresOf(result.answers),
  };
}

function mistakeOf(answer: Answer, { goldens }: GoldenSet): ReportMistake {
  const { row } = answer;
  const nearest = goldens.find(({ id }) => id === answer.goldenId)!;
  const own = row.ok
    ? goldens.find(
        (golden) =>
          golden.orientation === row.orientation && JSON.stringify(golden.classKey) === JSON.stringify(row.classKey),
      )
    : undefined;
  return {
    image: row.path,
    trueClass: answer.trueClass,
    predictedClass: answer.predictedClass,
    kind: mistakeKind(answer),
    similarity: answer.similarity,
    threshold: answer.threshold,
    runnerUp: answer.runnerUp,
    margin: answer.margin,
    nearest: { image: nearest.imagePath, label: nearest.label },
    own: own === undefined || own === nearest ? null : { image: own.imagePath, label: own.label },
  };
}

function mistakeKind({ row, accepted, reason }: Answer): ReportMistake['kind'] {
  if (!row.ok && accepted) return 'escape';
  return reason === 'belowThreshold' || reason === 'nearestIsNg' ? reason : null;
}

function scoresOf(answers: readonly Answer[]): ReportData['scores'] {
  const good = answers.filter(({ row }) => row.ok);
  const ng = answers.filter(({ row }) => !row.ok);
  const originals = (list: readonly Answer[]): Answer[] => list.filter(({ row }) => row.rotationCwDeg === 0);
  const shifts = (list: readonly Answer[]): number[] =>
    originals(list).map(({ score, threshold }) => score - threshold);
  return {
    ng: { good: originals(good).map(({ score }) => score), bad: originals(ng).map(({ score }) => score) },
    turned: {
      good: good.flatMap(({ ownSimilarity }) => (ownSimilarity === null ? [] : [ownSimilarity])),
      bad: good.flatMap(({ turnedSimilarity }) => (turnedSimilarity === null ? [] : [turnedSimilarity])),
    },
    ngSimilarities: ng.map(({ similarity }) => similarity),
    shifts: { good: shifts(good), bad: shifts(ng) },
  };
}

export async function writeReportData(path: string, data: ReportData): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(reportDataSchema.parse(data))}\n`);
}

/** @throws AppError `REPORT_DATA_MISSING` (conflict) where an earlier release evaluated, or the file is damaged */
export async function readReportData(path: string): Promise<ReportData> {
  try {
    return reportDataSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const got =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'none' : `one that cannot be read: ${reason(error)}`;
    throw new AppError(
      'conflict',
      'REPORT_DATA_MISSING',
      `${path}: expected what the report is written from, got ${got}; evaluate the run again (polarline evaluate), or take results/report.html as it is.`,
      { path },
      { cause: error },
    );
  }
}

function reason(error: unknown): string {
  if (!(error instanceof z.ZodError)) return errorMessage(error);
  const issue = error.issues[0]!;
  return `${issue.path.join('.')}: ${issue.message}`;
}
