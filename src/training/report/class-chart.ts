import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import type { Interval } from '../metrics/index.js';
import { shortened } from './confusion-chart.js';
import { FONT_FAMILY } from './fonts.js';
import { COLOURS } from './palette.js';
import { penOf, renderChart, type ChartPicture, type ChartStyle, type ChartWords } from './render-chart.js';

export interface ClassBar {
  readonly name: string;
  /** Share of right answers, 0..1; null without images. */
  readonly accuracy: number | null;
  readonly interval: Interval | null;
  readonly count: number;
}

const MAX_BARS = 50;
const BAR_PX = 26;

/** Accuracy of every part × component × light with its interval, the worst on top. */
export function classAccuracyChart(classes: readonly ClassBar[], style: ChartStyle): ChartPicture {
  const known = classes.filter((bar): bar is ClassBar & { accuracy: number } => bar.accuracy !== null);
  const sorted = [...known].sort((a, b) => a.accuracy - b.accuracy || (a.name < b.name ? -1 : 1));
  const shown = sorted.slice(0, MAX_BARS);
  const left = sorted.length - shown.length;
  const lowest = Math.min(1, ...shown.map((bar) => bar.interval?.low ?? bar.accuracy));
  const config: ChartConfiguration<'bar'> = {
    type: 'bar',
    data: {
      labels: shown.map((bar) => shortened(bar.name)),
      datasets: [
        {
          data: shown.map((bar) => bar.accuracy * 100),
          backgroundColor: shown.map((bar) => barColour(bar.accuracy)),
          barPercentage: 0.72,
          categoryPercentage: 0.95,
          borderRadius: 3,
        },
      ],
    },
    options: {
      indexAxis: 'y',
      plugins: { legend: { display: false } },
      scales: {
        x: {
          min: Math.max(0, Math.floor((lowest * 100 - 8) / 10) * 10),
          max: 100,
          grid: { color: COLOURS.grid },
          border: { display: false },
        },
        y: { grid: { display: false }, border: { display: false }, ticks: { autoSkip: false, color: COLOURS.ink } },
      },
      layout: { padding: { left: 16, top: 16, bottom: 16, right: 170 } },
    },
    plugins: [whiskersAndValues(shown, style)],
  };
  const size = { widthPx: 940, heightPx: 150 + Math.max(1, shown.length) * BAR_PX };
  return renderChart(config, size, wordsOf(known.length, left, style), style);
}

function wordsOf(count: number, left: number, { texts, words }: ChartStyle): ChartWords {
  const whole = left === 0 ? texts.t('chart.classes.all', { count }) : texts.t('chart.classes.worst', { count, left });
  return {
    title: texts.t('chart.classes'),
    subtitle: whole,
    axes: {
      x: texts.t('chart.classes.right'),
      // In the picture each bar says it.
      ...(words === 'beside' ? { y: texts.t('chart.classes.counts') } : {}),
    },
  };
}

function whiskersAndValues(
  bars: readonly (ClassBar & { accuracy: number })[],
  { texts, words }: ChartStyle,
): Plugin<'bar'> {
  return {
    id: 'whiskers',
    afterDatasetsDraw: (chart: Chart<'bar'>) => {
      const ctx = penOf(chart);
      const { x, y } = chart.scales as { x: Chart['scales'][string]; y: Chart['scales'][string] };
      ctx.save();
      ctx.textBaseline = 'middle';
      ctx.font = `400 12px ${FONT_FAMILY}`;
      bars.forEach((bar, i) => {
        const middle = y.getPixelForValue(i);
        if (bar.interval !== null && bar.interval.high > bar.interval.low) {
          const [from, to] = [x.getPixelForValue(bar.interval.low * 100), x.getPixelForValue(bar.interval.high * 100)];
          ctx.strokeStyle = COLOURS.ink;
          ctx.lineWidth = 1.4;
          ctx.beginPath();
          ctx.moveTo(from, middle);
          ctx.lineTo(to, middle);
          for (const end of [from, to]) {
            ctx.moveTo(end, middle - 4);
            ctx.lineTo(end, middle + 4);
          }
          ctx.stroke();
        }
        ctx.fillStyle = COLOURS.muted;
        const share = texts.percent(bar.accuracy, bar.accuracy === 1 ? 0 : 1);
        const value =
          words === 'inside'
            ? texts.t('chart.classes.bar', { share, count: bar.count })
            : `${share}  (${texts.count(bar.count)})`;
        ctx.fillText(value, chart.chartArea.right + 10, middle);
      });
      ctx.restore();
    },
  };
}

function barColour(accuracy: number): string {
  if (accuracy >= 0.99) return COLOURS.good;
  return accuracy >= 0.95 ? COLOURS.other : COLOURS.bad;
}
