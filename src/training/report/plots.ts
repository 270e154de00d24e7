import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../common/index.js';
import { classAccuracyChart } from './class-chart.js';
import { confusionChart } from './confusion-chart.js';
import type { ChartPicture, ChartStyle } from './render-chart.js';
import type { ReportData } from './report-data.js';
import { detChart, rocChart, type RocSeries } from './roc-charts.js';
import { similarityChart } from './similarity-chart.js';
import { thresholdChart } from './threshold-chart.js';
import { trainingChart } from './training-chart.js';

export const PLOT_NAMES = [
  'confusion_matrix.png',
  'class_accuracy.png',
  'similarity_distribution.png',
  'roc.png',
  'det.png',
  'threshold_curve.png',
  'training_curves.png',
] as const;
export type PlotName = (typeof PLOT_NAMES)[number];

/** Every picture of an evaluation, by file name. */
export function drawPlots(data: ReportData, style: ChartStyle): ReadonlyMap<PlotName, ChartPicture> {
  const { summary, scores, thresholds } = data;
  const { texts } = style;
  const roc: RocSeries[] = [
    { name: texts.t('chart.curves.ngParts'), ...scores.ng },
    { name: texts.t('chart.curves.turnedParts'), ...scores.turned },
  ];
  const pictures: Record<PlotName, () => ChartPicture> = {
    'confusion_matrix.png': () => confusionChart(data.confusion, style),
    'class_accuracy.png': () =>
      classAccuracyChart(
        summary.classes.map(({ name, accuracy }) => ({
          name,
          accuracy: accuracy.value,
          interval: accuracy.interval,
          count: accuracy.count,
        })),
        style,
      ),
    'similarity_distribution.png': () =>
      similarityChart(
        {
          good: scores.turned.good,
          otherLabel: scores.turned.bad,
          ng: scores.ngSimilarities,
          thresholds: thresholds.classes.map(({ threshold }) => threshold),
        },
        style,
      ),
    'roc.png': () => rocChart(roc, style),
    'det.png': () => detChart(roc, style),
    'threshold_curve.png': () =>
      thresholdChart({ good: scores.shifts.good, ng: scores.shifts.bad, confidence: thresholds.confidence }, style),
    'training_curves.png': () => trainingChart(data.epochs, summary.provenance.bestEpoch, style),
  };
  return new Map(PLOT_NAMES.map((name) => [name, pictures[name]()]));
}

export async function writePlots(folder: string, plots: ReadonlyMap<PlotName, ChartPicture>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, { png }] of plots) await writeFileAtomic(join(folder, name), png);
}
