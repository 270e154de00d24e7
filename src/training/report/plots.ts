import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../common/index.js';
import type { EpochRow } from '../evaluation/run-inputs.js';
import type { EvaluationResult } from '../evaluation/compute-evaluation.js';
import { classAccuracyChart } from './class-chart.js';
import { confusionChart } from './confusion-chart.js';
import { detChart, rocChart, type RocSeries } from './roc-charts.js';
import { similarityChart } from './similarity-chart.js';
import { thresholdChart } from './threshold-chart.js';
import { trainingChart } from './training-chart.js';

/** Every picture of an evaluation, by file name. */
export type Plots = ReadonlyMap<string, Uint8Array>;

export const PLOT_NAMES = [
  'confusion_matrix.png',
  'class_accuracy.png',
  'similarity_distribution.png',
  'roc.png',
  'det.png',
  'threshold_curve.png',
  'training_curves.png',
] as const;

export function drawPlots(result: EvaluationResult, epochs: readonly EpochRow[], bestEpoch: number | null): Plots {
  const { answers, thresholds } = result;
  const good = answers.filter(({ row }) => row.ok);
  const ng = answers.filter(({ row }) => !row.ok);
  const originals = good.filter(({ row }) => row.rotationCwDeg === 0);
  const roc: RocSeries[] = [
    {
      name: 'NG parts',
      good: originals.map(({ score }) => score),
      bad: ng.filter(({ row }) => row.rotationCwDeg === 0).map(({ score }) => score),
    },
    {
      name: 'Parts turned the wrong way',
      good: good.flatMap(({ ownSimilarity }) => (ownSimilarity === null ? [] : [ownSimilarity])),
      bad: good.flatMap(({ turnedSimilarity }) => (turnedSimilarity === null ? [] : [turnedSimilarity])),
    },
  ];
  const shift = (list: typeof answers): number[] =>
    list.filter(({ row }) => row.rotationCwDeg === 0).map(({ score, threshold }) => score - threshold);
  const pictures: Record<(typeof PLOT_NAMES)[number], () => Uint8Array> = {
    'confusion_matrix.png': () => confusionChart(result.confusion),
    'class_accuracy.png': () =>
      classAccuracyChart(
        result.classes.map(({ name, accuracy }) => ({
          name,
          accuracy: accuracy.value,
          interval: accuracy.interval,
          count: accuracy.count,
        })),
      ),
    'similarity_distribution.png': () =>
      similarityChart({
        good: roc[1]!.good,
        otherLabel: roc[1]!.bad,
        ng: ng.map(({ similarity }) => similarity),
        thresholds: thresholds.classes.map(({ threshold }) => threshold),
      }),
    'roc.png': () => rocChart(roc),
    'det.png': () => detChart(roc),
    'threshold_curve.png': () =>
      thresholdChart({ good: shift(good), ng: shift(ng), confidence: thresholds.confidence }),
    'training_curves.png': () => trainingChart(epochs, bestEpoch),
  };
  return new Map(PLOT_NAMES.map((name) => [name, pictures[name]()]));
}

export async function writePlots(folder: string, plots: Plots): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, png] of plots) await writeFileAtomic(join(folder, name), png);
}
