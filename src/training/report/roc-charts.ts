import type { ChartConfiguration, ChartDataset } from 'chart.js';
import { areaUnderRoc, operatingPoints, type OperatingPoint } from './error-curves.js';
import { COLOURS } from './palette.js';
import { axisTitle, renderChart, titled } from './render-chart.js';

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
export function rocChart(series: readonly RocSeries[]): Uint8Array {
  const curves = withPoints(series);
  const config: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: {
      datasets: [
        ...curves.map(({ name, points, good, bad }, i) => {
          const area = areaUnderRoc(points)!;
          return line(
            `${name}: area ${area.toFixed(4)} (${good.length} good, ${bad.length} bad)`,
            [
              { x: 100, y: 100 },
              ...points.map(({ overkill, escape }) => ({ x: escape * 100, y: 100 - overkill * 100 })),
            ],
            SERIES_COLOURS[i % SERIES_COLOURS.length]!,
          );
        }),
        line(
          'guessing',
          [
            { x: 0, y: 0 },
            { x: 100, y: 100 },
          ],
          COLOURS.grid,
        ),
      ],
    },
    options: {
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 18, boxHeight: 3, padding: 14 } },
        ...titled(
          'ROC: telling good parts from bad ones',
          emptyText(curves) || 'every threshold is one point; up and to the left is better',
        ),
      },
      scales: {
        x: percentAxis('bad parts accepted (escape), %'),
        y: percentAxis('good parts accepted, %'),
      },
    },
  };
  return renderChart(config, { widthPx: 720, heightPx: 680 });
}

/** DET: both error rates on logarithmic axes, where good systems can still be told apart. */
export function detChart(series: readonly RocSeries[]): Uint8Array {
  const curves = withPoints(series);
  const floored = (rate: number): number => Math.max(FLOOR_PERCENT, rate * 100);
  const config: ChartConfiguration<'scatter'> = {
    type: 'scatter',
    data: {
      datasets: [
        ...curves.map(({ name, points }, i) =>
          line(
            `${name}: equal error rate ${(equalErrorRate(points) * 100).toFixed(2)} %`,
            points.map(({ overkill, escape }) => ({ x: floored(escape), y: floored(overkill) })),
            SERIES_COLOURS[i % SERIES_COLOURS.length]!,
          ),
        ),
        line(
          'both rates equal',
          [
            { x: FLOOR_PERCENT, y: FLOOR_PERCENT },
            { x: 100, y: 100 },
          ],
          COLOURS.grid,
        ),
      ],
    },
    options: {
      plugins: {
        legend: { position: 'bottom', labels: { boxWidth: 18, boxHeight: 3, padding: 14 } },
        ...titled(
          'DET: escape against overkill',
          emptyText(curves) || `down and to the left is better; below ${FLOOR_PERCENT} % drawn at ${FLOOR_PERCENT} %`,
        ),
      },
      scales: {
        x: logAxis('escape: bad parts accepted, %'),
        y: logAxis('overkill: good parts rejected, %'),
      },
    },
  };
  return renderChart(config, { widthPx: 720, heightPx: 680 });
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

function emptyText(curves: readonly unknown[]): string {
  return curves.length === 0 ? 'needs good and bad parts in validation; there are not both' : '';
}

function percentAxis(text: string) {
  return { type: 'linear' as const, min: 0, max: 100, title: axisTitle(text), grid: { color: COLOURS.grid } };
}

const LOG_TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

function logAxis(text: string) {
  return {
    type: 'logarithmic' as const,
    min: FLOOR_PERCENT,
    max: 100,
    title: axisTitle(text),
    grid: { color: COLOURS.grid },
    afterBuildTicks: (scale: { ticks: { value: number }[] }): void => {
      scale.ticks = LOG_TICKS.map((value) => ({ value }));
    },
    ticks: { autoSkip: false, callback: (value: string | number): string => String(value) },
  };
}
