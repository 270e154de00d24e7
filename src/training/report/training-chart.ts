import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { COLOURS } from './palette.js';
import { axisTitle, renderChart, titled } from './render-chart.js';

type EpochRow = Readonly<Record<string, number>>;

const FIGURES = [
  ['val_map_at_r', 'Validation MAP@R', COLOURS.good],
  ['val_precision_at_1', 'Validation P@1', COLOURS.third],
] as const;
const LOSSES = [
  ['train_loss', 'Training loss', COLOURS.bad],
  ['val_loss', 'Validation loss', COLOURS.other],
] as const;

/** Losses and validation figures over the epochs, from `model/metrics.csv`. */
export function trainingChart(epochs: readonly EpochRow[], bestEpoch: number | null): Uint8Array {
  const curve = (column: string, label: string, colour: string, axis: 'y' | 'loss'): ChartDataset<'line'>[] => {
    const data = epochs.flatMap((row) => (row[column] === undefined ? [] : [{ x: row.epoch ?? 0, y: row[column] }]));
    if (data.length === 0) return [];
    const dashed = axis === 'loss' ? { borderDash: [6, 4] } : {};
    const pointRadius = data.length < 40 ? 2.5 : 0;
    return [
      {
        label,
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
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 22, boxHeight: 2, padding: 18 } },
        ...titled('Training', bestEpoch === null ? '' : `the exported model is that of epoch ${bestEpoch}`),
      },
      scales: {
        x: { type: 'linear', title: axisTitle('epoch'), grid: { color: COLOURS.grid }, ticks: { precision: 0 } },
        y: { min: 0, max: 1, title: axisTitle('validation figure'), grid: { color: COLOURS.grid } },
        loss: { position: 'right', beginAtZero: true, title: axisTitle('loss'), grid: { display: false } },
      },
    },
  };
  return renderChart(config, { widthPx: 940, heightPx: 460 });
}
