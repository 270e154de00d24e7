import { stringify } from 'csv-stringify/sync';
import { writeFileAtomic } from '../../common/index.js';
import type { ClassificationReport, ConfusionMatrix } from '../metrics/index.js';
import { ENGLISH } from '../report-texts/index.js';
import type { Answer } from './answers.js';
import type { LabelDoubt } from './label-review.js';
import type { ErrorRate } from './rates.js';
import type { Figure } from './retrieval-figures.js';
import type { EvaluationSummary } from './summary.js';

type Cell = string | number | boolean | null;

export const ANSWER_COLUMNS = [
  'image',
  'true_class',
  'pred_class',
  'similarity',
  'correct',
  'product',
  'component',
  'light',
  'runner_up',
  'margin',
  'threshold',
] as const;

export async function writeAnswersCsv(path: string, answers: readonly Answer[]): Promise<void> {
  await writeCsv(
    path,
    [...ANSWER_COLUMNS],
    answers.map((answer) => [
      answer.row.path,
      answer.trueClass,
      answer.predictedClass,
      rounded(answer.similarity),
      answer.correct,
      answer.row.classKey.product,
      answer.row.classKey.component,
      answer.row.classKey.light,
      answer.runnerUp,
      rounded(answer.margin),
      rounded(answer.threshold),
    ]),
  );
}

/** As scikit-learn prints it: one row a class, then accuracy, macro and weighted averages. */
export async function writeClassificationCsv(path: string, report: ClassificationReport): Promise<void> {
  const row = (name: string, f: { precision: number; recall: number; f1: number }, support: number): Cell[] => [
    name,
    rounded(f.precision),
    rounded(f.recall),
    rounded(f.f1),
    support,
  ];
  await writeCsv(
    path,
    ['class', 'precision', 'recall', 'f1-score', 'support'],
    [
      ...report.classes.map((name, c) => row(name, report.perClass[c]!, report.perClass[c]!.support)),
      ['accuracy', null, null, rounded(report.accuracy), report.count],
      row('macro avg', report.macro, report.count),
      row('weighted avg', report.weighted, report.count),
    ],
  );
}

/** Rows are true classes, columns answers. */
export async function writeConfusionCsv(path: string, { classes, counts }: ConfusionMatrix): Promise<void> {
  await writeCsv(
    path,
    ['true\\pred', ...classes],
    counts.map((row, c) => [classes[c]!, ...row]),
  );
}

export async function writeLabelReviewCsv(path: string, doubts: readonly LabelDoubt[]): Promise<void> {
  await writeCsv(
    path,
    [
      'rank',
      'kind',
      'image',
      'label',
      'suggested',
      'score',
      'reason',
      'evidence',
      'product',
      'component',
      'light',
      'split',
    ],
    doubts.map(({ kind, row, suggested, score, reason, evidence }, i) => [
      i + 1,
      kind,
      row.path,
      row.label,
      suggested,
      rounded(score),
      ENGLISH.say(reason),
      evidence,
      row.classKey.product,
      row.classKey.component,
      row.classKey.light,
      row.split,
    ]),
  );
}

/** Every figure of the summary as one row: scope, metric, value, bounds, how many it rests on. */
export async function writeMetricsTable(path: string, summary: EvaluationSummary): Promise<void> {
  const rows: Cell[][] = [];
  const add = (scope: string, metric: string, figure: Figure): void => {
    rows.push([
      scope,
      metric,
      rounded(figure.value),
      rounded(figure.interval?.low ?? null),
      rounded(figure.interval?.high ?? null),
      figure.count,
    ]);
  };
  const addRate = (scope: string, metric: string, rate: ErrorRate): void =>
    add(scope, metric, { value: rate.rate, interval: rate.interval, count: rate.seen });
  const addAnswers = (scope: string, figures: EvaluationSummary['accuracy']['all']): void => {
    add(scope, 'accuracy', figures.accuracy);
    add(scope, 'nearest_golden_accuracy', figures.nearestAccuracy);
    addRate(scope, 'overkill_rate', figures.rates.overkill);
    addRate(scope, 'escape_rate', figures.rates.escape);
    addRate(scope, 'polarity_escape_rate', figures.rates.polarityEscape);
  };
  for (const [scope, figures] of Object.entries(summary.accuracy)) addAnswers(scope, figures);
  for (const [scope, figures] of Object.entries(summary.retrieval)) {
    add(scope, 'precision_at_1', figures.precisionAt1);
    add(scope, 'map_at_r', figures.mapAtR);
    add(scope, 'r_precision', figures.rPrecision);
    add(scope, 'mean_average_precision', figures.meanAveragePrecision);
    add(scope, 'mean_reciprocal_rank', figures.meanReciprocalRank);
    add(scope, 'map_at_10_over_r', figures.meanAveragePrecisionAt10);
  }
  for (const figures of summary.classes) addAnswers(figures.name, figures);
  await writeCsv(path, ['scope', 'metric', 'value', 'low', 'high', 'count'], rows);
}

/** `test_metrics.json`, under the names that such files have had before. */
export function testMetrics(summary: EvaluationSummary): Record<string, unknown> {
  const { all, originals, rotated, okOnly } = summary.retrieval;
  const figures = (r: typeof all) => ({
    images: r.images,
    precision_at_1: r.precisionAt1.value,
    map_at_r: r.mapAtR.value,
    r_precision: r.rPrecision.value,
    mean_average_precision: r.meanAveragePrecision.value,
    mean_reciprocal_rank: r.meanReciprocalRank.value,
    map_at_10_over_r: r.meanAveragePrecisionAt10.value,
  });
  const answers = (a: EvaluationSummary['accuracy']['all']) => ({
    images: a.images,
    accuracy: a.accuracy.value,
    accuracy_interval: a.accuracy.interval,
    nearest_golden_accuracy: a.nearestAccuracy.value,
    overkill: a.rates.overkill,
    escape: a.rates.escape,
    polarity_escape: a.rates.polarityEscape,
  });
  return {
    accuracy: summary.accuracy.all.accuracy.value,
    escape_rate: summary.accuracy.all.rates.escape.rate,
    overkill_rate: summary.accuracy.all.rates.overkill.rate,
    ...figures(all),
    silhouette_score: summary.silhouette,
    confidence: summary.thresholds.confidence,
    intervals: { precision_at_1: all.precisionAt1.interval, map_at_r: all.mapAtR.interval },
    originals: { ...answers(summary.accuracy.originals), ...figures(originals) },
    rotated: { ...answers(summary.accuracy.rotated), ...figures(rotated) },
    ok_only: figures(okOnly),
    original_convention: {
      precision_at_1: all.original.precisionAt1,
      mean_average_precision: all.original.meanAveragePrecisionAt10,
      mean_reciprocal_rank: all.original.meanReciprocalRankAt10,
      note: 'queries without a counterpart count as 0; ten neighbours; divided by min(R, 10)',
    },
    knn: summary.knn,
    rotation_inconsistency: summary.rotationConsistency,
    per_class: Object.fromEntries(
      summary.classes.map((c) => [
        c.name,
        { ...answers(c), precision_at_1: c.precisionAt1, map_at_r: c.mapAtR, threshold: c.threshold },
      ]),
    ),
    per_label: summary.classification.perClass,
  };
}

async function writeCsv(path: string, header: string[], rows: readonly (readonly Cell[])[]): Promise<void> {
  const cast = { boolean: (value: boolean) => (value ? 'true' : 'false') };
  await writeFileAtomic(path, stringify([header, ...rows], { cast }));
}

/** Six digits are beyond what any of these figures can carry. */
function rounded(value: number | null): number | null {
  return value === null || Number.isNaN(value) ? null : Number(value.toFixed(6));
}
