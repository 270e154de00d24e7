import { createHash } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { nameClasses, type ManifestRow } from '../../dataset/index.js';
import type { TrainConfig } from '../config.js';
import type { EmbeddedGoldenSet } from '../golden-samples/index.js';
import type { ClassificationReport } from '../metrics/index.js';
import { ENGLISH, type Statement } from '../report-texts/index.js';
import type { EvaluationResult } from './compute-evaluation.js';
import type { EmbeddingCost } from './embed-run.js';
import { DOUBT_KINDS, type LabelDoubt } from './label-review.js';
import type { KnnFigures } from './retrieval-figures.js';
import type { EpochRow, RunInputs } from './run-inputs.js';
import { evaluationSummarySchema, type EvaluationSummary } from './summary.js';

export interface SummaryInputs {
  readonly runFolder: string;
  readonly config: TrainConfig;
  readonly inputs: RunInputs;
  readonly epochs: readonly EpochRow[];
  /** See `readExportedEpoch`. */
  readonly exportedEpoch: number | null;
  readonly goldens: EmbeddedGoldenSet;
  readonly result: EvaluationResult;
  readonly modelDigest: string;
  readonly cost: EmbeddingCost;
  readonly evaluateSeconds: number;
  readonly notes: readonly Statement[];
  readonly files: readonly string[];
}

/** Puts together `summary_report.json` and checks it against its own schema. */
export function buildSummary(spec: SummaryInputs): EvaluationSummary {
  const { config, inputs, goldens, result } = spec;
  const { retrieval, knn, thresholds, accuracy } = result;
  const summary: EvaluationSummary = {
    version: 1,
    run: basename(resolve(spec.runFolder)),
    data: {
      labels: config.data.labels,
      ng: config.data.ng,
      classKeys: nameClasses(inputs.rows.map((row) => row.classKey)).folders.length,
      train: countRows(inputs.rows, 'train'),
      val: countRows(inputs.rows, 'val'),
      calibration: countRows(inputs.rows, 'calibration'),
      crossSplitEdges: inputs.certificate?.crossSplitEdges ?? null,
      splitDigest: inputs.certificate?.digest ?? null,
    },
    accuracy,
    retrieval: {
      all: retrieval.all,
      originals: retrieval.originals,
      rotated: retrieval.rotated,
      okOnly: retrieval.okOnly,
    },
    silhouette: retrieval.silhouette,
    otherwise: result.otherwise,
    classification: classification(result.classification),
    knn: { leaveOneOut: knnSummary(knn.leaveOneOut), againstTraining: knnSummary(knn.againstTraining) },
    thresholds: {
      budget: thresholds.budget,
      confidence: thresholds.confidence,
      digest: createHash('sha256').update(JSON.stringify(thresholds)).digest('hex'),
      fallback: { threshold: thresholds.fallback.threshold, words: thresholds.fallback.words },
    },
    goldens: {
      digest: thresholds.goldenSetDigest,
      perClass: goldens.set.goldensPerClass,
      count: goldens.set.goldens.filter(({ role }) => role === 'ok').length,
      ngReferences: goldens.set.goldens.filter(({ role }) => role === 'ng').length,
      excluded: goldens.set.excluded.length,
      missing: goldens.set.missing.length,
      weak: goldens.set.goldens.filter(({ health }) => health.status === 'weak').map(({ id }) => id),
    },
    rotationConsistency: result.consistency.inconsistent,
    classes: [...result.classes],
    labelReview: { total: result.doubts.length, byKind: countKinds(result.doubts) },
    notes: spec.notes.map((note) => ENGLISH.say(note)),
    provenance: {
      modelDigest: spec.modelDigest,
      manifestDigest: inputs.manifestDigest,
      bestEpoch: spec.exportedEpoch,
      epochs: spec.epochs.length === 0 ? null : spec.epochs.length,
      seed: config.experiment.seed,
      software: { ...inputs.software },
      evaluatedWith: { ...inputs.evaluatedWith },
      config: { ...config },
      task: inputs.task,
    },
    timing: {
      embedImages: spec.cost.images,
      embedSeconds: spec.cost.seconds,
      evaluateSeconds: spec.evaluateSeconds,
      evaluatedAt: new Date().toISOString(),
    },
    files: [...spec.files],
  };
  return evaluationSummarySchema.parse(summary);
}

function countRows(rows: readonly ManifestRow[], split: ManifestRow['split']) {
  const own = rows.filter((row) => row.split === split);
  return {
    images: own.length,
    sources: new Set(own.map((row) => row.sourcePath)).size,
    ng: own.filter((row) => !row.ok).length,
  };
}

function classification(report: ClassificationReport) {
  return {
    accuracy: report.accuracy,
    macro: report.macro,
    weighted: report.weighted,
    perClass: Object.fromEntries(report.classes.map((name, c) => [name, { ...report.perClass[c]! }])),
  };
}

function knnSummary({ k, report, meanConfidence }: KnnFigures) {
  return { ...classification(report), k, meanConfidence };
}

function countKinds(doubts: readonly LabelDoubt[]): Record<string, number> {
  return Object.fromEntries(DOUBT_KINDS.map((kind) => [kind, doubts.filter((doubt) => doubt.kind === kind).length]));
}
