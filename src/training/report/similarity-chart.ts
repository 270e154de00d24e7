import type { Chart, ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import type { ReportTexts, TextKey } from '../report-texts/index.js';
import { FONT_FAMILY } from './fonts.js';
import { COLOURS, withAlpha } from './palette.js';
import { penOf, renderChart, type ChartPicture, type ChartStyle } from './render-chart.js';

export interface SimilaritySeries {
  /** Good images to the nearest golden sample of their own orientation. */
  readonly good: readonly number[];
  /** Good images to the nearest golden sample that points another way. */
  readonly otherLabel: readonly number[];
  readonly ng: readonly number[];
  /** Thresholds in force, one a class. */
  readonly thresholds: readonly number[];
}

const BINS = 60;

/** How similar good parts, other orientations and NG parts are to the golden samples, and where the thresholds lie. */
export function similarityChart(series: SimilaritySeries, style: ChartStyle): ChartPicture {
  const { texts } = style;
  const all = [...series.good, ...series.otherLabel, ...series.ng];
  const low = Math.floor(Math.max(-1, Math.min(0.9, quantile(all, 0.002))) * 10) / 10;
  const edges = Array.from({ length: BINS + 1 }, (_, i) => low + ((1 - low) * i) / BINS);
  const dataset = (label: TextKey, values: readonly number[], colour: string): ChartDataset<'line'>[] =>
    values.length === 0
      ? []
      : [
          {
            label: texts.t(label, { count: values.length }),
            data: shares(values, edges).flatMap((share, i) => [
              { x: edges[i]!, y: share },
              { x: edges[i + 1]!, y: share },
            ]),
            borderColor: colour,
            backgroundColor: withAlpha(colour, 0.25),
            borderWidth: 2,
            fill: true,
            pointRadius: 0,
          },
        ];
  const config: ChartConfiguration<'line'> = {
    type: 'line',
    data: {
      datasets: [
        ...dataset('chart.similarity.good', series.good, COLOURS.good),
        ...dataset('chart.similarity.turned', series.otherLabel, COLOURS.other),
        ...dataset('chart.similarity.ng', series.ng, COLOURS.bad),
      ],
    },
    options: {
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 18, boxHeight: 10, padding: 18 } } },
      scales: {
        x: {
          type: 'linear',
          min: low,
          max: 1,
          grid: { color: COLOURS.grid },
          ticks: { color: COLOURS.ink },
        },
        y: {
          beginAtZero: true,
          grid: { color: COLOURS.grid },
          border: { display: false },
        },
      },
    },
    plugins: [thresholdBand(series.thresholds, style)],
  };
  const words = {
    title: texts.t('chart.similarity'),
    subtitle: thresholdText(series.thresholds, texts),
    axes: { x: texts.t('chart.similarity.cosine'), y: texts.t('chart.similarity.share') },
    marks:
      series.thresholds.length === 0
        ? []
        : [{ name: texts.t('chart.similarity.mark'), colour: COLOURS.ink, dashed: true }],
  };
  return renderChart(config, { widthPx: 940, heightPx: 520 }, words, style);
}

function thresholdText(thresholds: readonly number[], texts: ReportTexts): string {
  if (thresholds.length === 0) return '';
  const [low, high] = [Math.min(...thresholds), Math.max(...thresholds)];
  return low === high
    ? texts.t('chart.similarity.threshold', { value: texts.fixed(low) })
    : texts.t('chart.similarity.thresholds', { low: texts.fixed(low), high: texts.fixed(high) });
}

function thresholdBand(thresholds: readonly number[], { texts, words }: ChartStyle): Plugin<'line'> {
  return {
    id: 'thresholds',
    beforeDatasetsDraw: (chart: Chart<'line'>) => {
      if (thresholds.length === 0) return;
      const { chartArea } = chart;
      const ctx = penOf(chart);
      const x = chart.scales.x!;
      const clamp = (value: number): number => Math.min(chartArea.right, Math.max(chartArea.left, value));
      const [from, to] = [Math.min(...thresholds), Math.max(...thresholds)].map((t) => clamp(x.getPixelForValue(t)));
      ctx.save();
      ctx.fillStyle = withAlpha(COLOURS.ink, 0.1);
      ctx.fillRect(from!, chartArea.top, Math.max(1, to! - from!), chartArea.bottom - chartArea.top);
      ctx.strokeStyle = COLOURS.ink;
      ctx.setLineDash([5, 4]);
      for (const edge of new Set([from!, to!])) {
        ctx.beginPath();
        ctx.moveTo(edge, chartArea.top);
        ctx.lineTo(edge, chartArea.bottom);
        ctx.stroke();
      }
      if (words === 'inside') {
        const accept = texts.t('chart.similarity.accept');
        ctx.fillStyle = COLOURS.ink;
        ctx.font = `400 12px ${FONT_FAMILY}`;
        ctx.textAlign = 'right';
        ctx.fillText(texts.t('chart.similarity.reject'), from! - 7, chartArea.top + 14);
        // Near the right edge there is no room beside the line.
        const hasRoom = chartArea.right - to! > 60;
        ctx.textAlign = hasRoom ? 'left' : 'right';
        ctx.fillText(hasRoom ? accept : `${accept} →`, hasRoom ? to! + 7 : to! - 7, chartArea.top + 14);
      }
      ctx.restore();
    },
  };
}

function shares(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  const [low, high] = [edges[0]!, edges[edges.length - 1]!];
  for (const value of values) {
    const bin = Math.floor(((value - low) / (high - low)) * counts.length);
    counts[Math.max(0, Math.min(counts.length - 1, bin))]!++;
  }
  return counts.map((count) => (100 * count) / values.length);
}

function quantile(values: readonly number[], p: number): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(p * (sorted.length - 1))]!;
}
