import type { ChartConfiguration, ChartDataset } from 'chart.js';
import type { TextKey } from '../report-texts/index.js';
import { COLOURS } from './palette.js';
import { renderChart, type ChartPicture, type ChartStyle } from './render-chart.js';

type EpochRow = Readonly<Record<string, number>>;

const FIGURES = [
  ['val_map_at_r', 'chart.training.mapAtR', COLOURS.good],
  ['val_precision_at_1', 'chart.training.precisionAt1', COLOURS.third],
] as const;
const LOSSES = [
  ['train_loss', 'chart.training.trainLoss', COLOURS.bad],
  ['val_loss', 'chart.training.valLoss', COLOURS.other],
] as const;

/** Losses and validation figures over the epochs, from `model/metrics.csv`. */
export function trainingChart(epochs: readonly EpochRow[], bestEpoch: number | null, style: ChartStyle): ChartPicture {
  const { texts } = style;
  const curve = (column: string, label: TextKey, colour: string, axis: 'y' | 'loss'): ChartDataset<'line'>[] => {
    const data = epochs.flatMap((row) => (row[column] === undefined ? [] : [{ x: row.epoch ?? 0, y: row[column] }]));
    if (data.length === 0) return [];
    const dashed = axis === 'loss' ? { borderDash: [6, 4] } : {};
    const pointRadius = data.length < 40 ? 2.5 : 0;
    return [
      {
        label: texts.t(label),
        data,
        yAxisID: axis,
        borderColor: colour,
        backgroundColor: colour,
        borderWidth: 2,
        pointRadius,
        clip: 8,
        ...dashed,
      },
    ];
  };
  const config: ChartConfiguration<'line'> = {
    type: 'line',
    data: {
      datasets: [
        ...FIGURES.flatMap(([column, label, colour]) => curve(column, label, colour, 'y')),
        ...LOSSES.flatMap(([column, label, colour]) => curve(column, label, colour, 'loss')),
      ],
    },
    options: {
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 22, boxHeight: 2, padding: 18 } } },
      scales: {
        x: { type: 'linear', grid: { color: COLOURS.grid }, ticks: { precision: 0 } },
        y: { min: 0, max: 1, grid: { color: COLOURS.grid } },
        loss: { position: 'right', beginAtZero: true, grid: { display: false } },
      },
    },
  };
  const words = {
    title: texts.t('chart.training'),
    subtitle: bestEpoch === null ? '' : texts.t('chart.training.exported', { epoch: bestEpoch }),
    axes: {
      x: texts.t('chart.training.epoch'),
      y: texts.t('chart.training.figure'),
      loss: texts.t('chart.training.loss'),
    },
  };
  return renderChart(config, { widthPx: 940, heightPx: 460 }, words, style);
}
