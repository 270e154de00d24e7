import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { areaUnderRoc, operatingPoints, type OperatingPoint } from './error-curves.js';
import { COLOURS } from './palette.js';
import { renderChart, type ChartPicture, type ChartStyle } from './render-chart.js';

/** Scores to be told apart: higher means more like a good part. */
export interface RocSeries {
  readonly name: string;
  readonly good: readonly number[];
  readonly bad: readonly number[];
}

const SERIES_COLOURS = [COLOURS.bad, COLOURS.good, COLOURS.third];
/** Rates below this are drawn at it: a logarithmic axis has no 0. */
const FLOOR_PERCENT = 0.05;

/** ROC: share of good parts accepted against share of bad parts accepted, over all thresholds. */
export function rocChart(series: readonly RocSeries[], style: ChartStyle): ChartPicture {
  const { texts } = style;
  const curves = withPoints(series);
  const config: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: {
      datasets: [
        ...curves.map(({ name, points, good, bad }, i) => {
          const area = areaUnderRoc(points)!;
          return line(
            texts.t('chart.roc.series', { name, area: texts.fixed(area, 4), good: good.length, bad: bad.length }),
            [
              { x: 100, y: 100 },
              ...points.map(({ overkill, escape }) => ({ x: escape * 100, y: 100 - overkill * 100 })),
            ],
            SERIES_COLOURS[i % SERIES_COLOURS.length]!,
          );
        }),
        line(
          texts.t('chart.roc.guessing'),
          [
            { x: 0, y: 0 },
            { x: 100, y: 100 },
          ],
          COLOURS.grid,
        ),
      ],
    },
    options: {
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 18, boxHeight: 3, padding: 14 } } },
      scales: { x: percentAxis(), y: percentAxis() },
    },
  };
  const words = {
    title: texts.t('chart.roc'),
    subtitle: texts.t(curves.length === 0 ? 'chart.curves.oneSided' : 'chart.roc.how'),
    axes: { x: texts.t('chart.roc.badAccepted'), y: texts.t('chart.roc.goodAccepted') },
  };
  return renderChart(config, { widthPx: 720, heightPx: 680 }, words, style);
}

/** DET: both error rates on logarithmic axes, where good systems can still be told apart. */
export function detChart(series: readonly RocSeries[], style: ChartStyle): ChartPicture {
  const { texts } = style;
  const curves = withPoints(series);
  const floored = (rate: number): number => Math.max(FLOOR_PERCENT, rate * 100);
  const config: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: {
      datasets: [
        ...curves.map(({ name, points }, i) =>
          line(
            texts.t('chart.det.series', { name, rate: texts.percent(equalErrorRate(points), 2) }),
            points.map(({ overkill, escape }) => ({ x: floored(escape), y: floored(overkill) })),
            SERIES_COLOURS[i % SERIES_COLOURS.length]!,
          ),
        ),
        line(
          texts.t('chart.det.equal'),
          [
            { x: FLOOR_PERCENT, y: FLOOR_PERCENT },
            { x: 100, y: 100 },
          ],
          COLOURS.grid,
        ),
      ],
    },
    options: {
      plugins: { legend: { position: 'bottom', labels: { boxWidth: 18, boxHeight: 3, padding: 14 } } },
      scales: { x: logAxis(style), y: logAxis(style) },
    },
  };
  const floor = texts.shortPercent(FLOOR_PERCENT / 100);
  const words = {
    title: texts.t('chart.det'),
    subtitle: curves.length === 0 ? texts.t('chart.curves.oneSided') : texts.t('chart.det.how', { floor }),
    axes: { x: texts.t('chart.det.escape'), y: texts.t('chart.det.overkill') },
  };
  return renderChart(config, { widthPx: 720, heightPx: 680 }, words, style);
}

export function equalErrorRate(points: readonly OperatingPoint[]): number {
  const best = points.reduce((a, b) => (Math.abs(b.overkill - b.escape) < Math.abs(a.overkill - a.escape) ? b : a));
  return (best.overkill + best.escape) / 2;
}

function withPoints(series: readonly RocSeries[]): (RocSeries & { points: OperatingPoint[] })[] {
  return series
    .map((one) => ({ ...one, points: operatingPoints(one.good, one.bad) }))
    .filter(({ points }) => points.length > 0);
}

function line(label: string, data: { x: number; y: number }[], colour: string): ChartDataset<'scatter'> {
  return {
    label,
    data,
    showLine: true,
    borderColor: colour,
    backgroundColor: colour,
    borderWidth: 2.5,
    pointRadius: 0,
    tension: 0,
    clip: 4,
  };
}

function percentAxis() {
  return { type: 'linear' as const, min: 0, max: 100, grid: { color: COLOURS.grid } };
}

const LOG_TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

function logAxis({ texts }: ChartStyle) {
  return {
    type: 'logarithmic' as const,
    min: FLOOR_PERCENT,
    max: 100,
    grid: { color: COLOURS.grid },
    afterBuildTicks: (scale: { ticks: { value: number }[] }): void => {
      scale.ticks = LOG_TICKS.map((value) => ({ value }));
    },
    ticks: { autoSkip: false, callback: (value: string | number): string => texts.count(Number(value)) },
  };
}
