import { NG_LABEL } from '../../dataset/index.js';
import type { TrainConfig } from '../config.js';
import {
  GoldenMatcher,
  indicesWhere,
  integerCodes,
  pickImages,
  type EmbeddedGoldenSet,
  type EmbeddedImages,
} from '../golden-samples/index.js';
import { retrievalMetrics } from '../metrics/index.js';
import { answerAll } from './answers.js';
import type { FigureSettings } from './breakdown.js';
import { fitHeldOutThresholds } from './held-out-thresholds.js';
import { inspectionRates, type ErrorRate } from './rates.js';

/** What the choices that were not made would give, with the model at hand. */
export interface Otherwise {
  readonly labels: { readonly precisionAt1: number | null; readonly mapAtR: number | null };
  /** Without NG references; null when NG is no class anyway. */
  readonly ng: { readonly overkill: ErrorRate; readonly escape: ErrorRate } | null;
}

/**
 * Judges the same embeddings by the other `labels` (orientation pooled over parts, or class × orientation)
 * and, where NG is a class, by thresholds alone. A model trained that way might do better still.
 */
export async function judgedOtherwise(
  inputs: { readonly images: EmbeddedImages; readonly goldens: EmbeddedGoldenSet; readonly config: TrainConfig },
  retrievable: EmbeddedImages,
  settings: FigureSettings,
  signal: AbortSignal,
): Promise<Otherwise> {
  const pooled = inputs.config.data.labels === 'component';
  const labelOf = (row: EmbeddedImages['rows'][number]): string => {
    const pointing = row.ok ? (row.orientation ?? row.label) : NG_LABEL;
    return pooled || !row.ok ? pointing : JSON.stringify([row.classKey, pointing]);
  };
  const { precisionAt1, mapAtR } = await retrievalMetrics({
    embeddings: retrievable.embeddings,
    dimension: retrievable.dimension,
    labels: integerCodes(retrievable.rows.map(labelOf)).codes,
    groups: integerCodes(retrievable.rows.map((row) => row.groupId)).codes,
    signal,
  });
  return { labels: { precisionAt1, mapAtR }, ng: withoutReferences(inputs, settings) };
}

function withoutReferences(
  { images, goldens, config }: Parameters<typeof judgedOtherwise>[0],
  settings: FigureSettings,
): Otherwise['ng'] {
  if (!goldens.set.goldens.some(({ role }) => role === 'ng')) return null;
  const kept = goldens.set.goldens.flatMap(({ role }, i) => (role === 'ok' ? [i] : []));
  const { dimension } = goldens;
  const embeddings = new Float32Array(kept.length * dimension);
  kept.forEach((from, to) =>
    embeddings.set(goldens.embeddings.subarray(from * dimension, (from + 1) * dimension), to * dimension),
  );
  const set = { ...goldens.set, goldens: kept.map((i) => goldens.set.goldens[i]!) };
  const matcher = new GoldenMatcher({ set, embeddings, dimension });
  const { judgeBy } = fitHeldOutThresholds(images, matcher, set, settings.natural, config.evaluation);
  const validation = pickImages(
    images,
    indicesWhere(images, (row) => row.split === 'val'),
  );
  const answers = answerAll({
    images: validation,
    matcher,
    thresholdOf: judgeBy,
    expectedOrientation: settings.natural,
  });
  const { overkill, escape } = inspectionRates(answers, settings.natural, settings.confidence);
  return { overkill, escape };
}
