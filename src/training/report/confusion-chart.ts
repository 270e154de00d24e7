import type { Chart, ChartConfiguration, Plugin } from 'chart.js';
import type { ConfusionMatrix } from '../metrics/index.js';
import { FONT_FAMILY } from './fonts.js';
import { COLOURS, withAlpha } from './palette.js';
import { penOf, renderChart, type ChartPicture, type ChartStyle, type ChartWords } from './render-chart.js';

/** More classes than this make a picture that nobody can read: the most confused ones are shown. */
const MAX_CLASSES = 60;
const MAX_LABEL_CHARACTERS = 34;

/**
 * The confusion matrix as a picture: rows are true classes, columns answers, colour is the share of the
 * row. Right answers are blue, wrong ones orange, so that a single mistake stands out.
 */
export function confusionChart(matrix: ConfusionMatrix, style: ChartStyle): ChartPicture {
  const shown = mostConfused(matrix);
  const { classes, counts } = shown;
  const count = classes.length;
  const cellPx = Math.max(17, Math.min(84, Math.floor(860 / Math.max(1, count))));
  const labelPx = Math.min(12, cellPx * 0.72) * 0.62 * Math.max(4, ...classes.map((name) => shortened(name).length));
  const side = cellPx * count;
  const labels = classes.map(shortened);
  const axis = {
    type: 'linear' as const,
    min: 0,
    max: Math.max(1, count),
    grid: { display: false },
    border: { display: false },
    afterBuildTicks: (scale: { ticks: { value: number }[] }): void => {
      scale.ticks = labels.map((_, i) => ({ value: i + 0.5 }));
    },
  };
  const ticks = {
    autoSkip: false,
    color: COLOURS.ink,
    font: { size: Math.min(13, cellPx * 0.72) },
    callback: (value: string | number): string => labels[Math.round(Number(value) - 0.5)] ?? '',
  };
  const config: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: { datasets: [] },
    options: {
      plugins: { legend: { display: false } },
      scales: {
        x: {
          ...axis,
          position: 'bottom',
          ticks: { ...ticks, minRotation: needsTurn(labels, cellPx) ? 60 : 0, maxRotation: 60 },
        },
        y: {
          ...axis,
          reverse: true,
          ticks,
        },
      },
    },
    plugins: [cells(counts)],
  };
  const size = {
    widthPx: Math.round(Math.max(460, side + labelPx + 110)),
    heightPx: Math.round(Math.max(380, side + (needsTurn(labels, cellPx) ? labelPx : 30) + 150)),
  };
  return renderChart(config, size, wordsOf(shown, style), style);
}

function wordsOf({ counts, left }: ConfusionMatrix & { left: number }, { texts }: ChartStyle): ChartWords {
  const total = counts.flat().reduce((sum, n) => sum + n, 0);
  const right = counts.reduce((sum, row, c) => sum + row[c]!, 0);
  const figures = { right, total };
  const answers =
    left === 0
      ? texts.t('chart.confusion.right', figures)
      : texts.t('chart.confusion.rightOfMost', { ...figures, shown: counts.length, left });
  return {
    title: texts.t('chart.confusion'),
    subtitle: total === 0 ? texts.t('chart.confusion.none') : answers,
    axes: { x: texts.t('column.answer'), y: texts.t('chart.confusion.truth') },
  };
}

function cells(counts: readonly (readonly number[])[]): Plugin<'scatter'> {
  return {
    id: 'cells',
    beforeDatasetsDraw: (chart: Chart<'scatter'>) => {
      const ctx = penOf(chart);
      const { x, y } = chart.scales as { x: Chart['scales'][string]; y: Chart['scales'][string] };
      ctx.save();
      ctx.textAlign = 'center';
      ctx.textBaseline = 'middle';
      counts.forEach((row, r) => {
        const sum = row.reduce((a, b) => a + b, 0);
        row.forEach((value, c) => {
          const [left, right] = [x.getPixelForValue(c), x.getPixelForValue(c + 1)];
          const [top, bottom] = [y.getPixelForValue(r), y.getPixelForValue(r + 1)];
          const share = sum === 0 ? 0 : value / sum;
          ctx.fillStyle = value === 0 ? '#F6F8FA' : shade(r === c, share);
          ctx.fillRect(left + 0.5, top + 0.5, right - left - 1, bottom - top - 1);
          if (value === 0) return;
          const size = Math.min(16, (right - left) / Math.max(2.2, String(value).length * 0.75));
          if (size < 6) return;
          ctx.font = `600 ${size}px ${FONT_FAMILY}`;
          ctx.fillStyle = share > 0.5 ? COLOURS.paper : COLOURS.ink;
          ctx.fillText(String(value), (left + right) / 2, (top + bottom) / 2 + size * 0.04);
        });
      });
      ctx.restore();
    },
  };
}

/** Never so pale that a single wrong answer among thousands disappears. */
function shade(right: boolean, share: number): string {
  return withAlpha(right ? COLOURS.good : COLOURS.bad, 0.22 + 0.78 * share);
}

function mostConfused({ classes, counts }: ConfusionMatrix): ConfusionMatrix & { left: number } {
  if (classes.length <= MAX_CLASSES) return { classes, counts, left: 0 };
  const mistakes = classes.map((_, c) => {
    const inRow = counts[c]!.reduce((sum, n, other) => sum + (other === c ? 0 : n), 0);
    const inColumn = counts.reduce((sum, row, other) => sum + (other === c ? 0 : row[c]!), 0);
    return inRow + inColumn;
  });
  const shown = classes
    .map((_, c) => c)
    .sort((a, b) => mistakes[b]! - mistakes[a]! || a - b)
    .slice(0, MAX_CLASSES)
    .sort((a, b) => a - b);
  return {
    classes: shown.map((c) => classes[c]!),
    counts: shown.map((r) => shown.map((c) => counts[r]![c]!)),
    left: classes.length - shown.length,
  };
}

function needsTurn(labels: readonly string[], cellPx: number): boolean {
  return labels.some((label) => label.length * 7.5 > cellPx);
}

export function shortened(text: string): string {
  if (text.length <= MAX_LABEL_CHARACTERS) return text;
  const half = Math.floor((MAX_LABEL_CHARACTERS - 1) / 2);
  return `${text.slice(0, half)}…${text.slice(-half)}`;
}
