import type { Chart, ChartConfiguration, ChartDataset, Plugin } from 'chart.js';
import { clopperPearson } from '../metrics/index.js';
import { FONT_FAMILY } from './fonts.js';
import { COLOURS, withAlpha } from './palette.js';
import { penOf, renderChart, type ChartPicture, type ChartStyle } from './render-chart.js';

/** A score less the threshold that the part was judged by; at least 0 is accepted. */
export interface ThresholdSeries {
  readonly good: readonly number[];
  readonly ng: readonly number[];
  readonly confidence: number;
}

const STEPS = 120;
const MAX_REACH = 0.3;
/** Tops of the vertical axis, in percent: small rates must not lie flat on the ground. */
const CEILINGS = [5, 10, 20, 30, 50, 100];

/** What would happen if all thresholds were moved together: overkill and escape with their exact bounds. */
export function thresholdChart({ good, ng, confidence }: ThresholdSeries, style: ChartStyle): ChartPicture {
  const { texts } = style;
  const reach = [...good, ...ng].reduce((max, x) => Math.max(max, Math.min(Math.abs(x), MAX_REACH)), 0.05);
  const shifts = Array.from({ length: STEPS + 1 }, (_, i) => -reach + (2 * reach * i) / STEPS);
  const below = (values: readonly number[], shift: number): number => values.filter((x) => x < shift).length;
  const overkills = shifts.map((shift) => below(good, shift));
  const escapes = shifts.map((shift) => ng.length - below(ng, shift));
  const worst = Math.max(...highest(overkills, good.length, confidence), ...highest(escapes, ng.length, confidence), 0);
  const ceiling = CEILINGS.find((limit) => worst * 100 <= limit) ?? 100;
  const config: ChartConfiguration<'line'> = {
    type: 'line',
    data: {
      labels: shifts,
      datasets: [
        ...rateCurve(
          texts.t('chart.shift.overkill', { count: good.length }),
          good.length,
          overkills,
          COLOURS.good,
          confidence,
        ),
        ...rateCurve(texts.t('chart.shift.escape', { count: ng.length }), ng.length, escapes, COLOURS.bad, confidence),
      ],
    },
    options: {
      plugins: {
        legend: {
          position: 'bottom',
          labels: { filter: ({ text }) => text !== '', boxWidth: 18, boxHeight: 3, padding: 18 },
        },
      },
      scales: {
        x: {
          type: 'linear',
          min: -reach,
          max: reach,
          grid: { color: COLOURS.grid },
        },
        y: {
          min: 0,
          max: ceiling,
          grid: { color: COLOURS.grid },
          border: { display: false },
        },
      },
    },
    plugins: [chosenLine(style)],
  };
  const words = {
    title: texts.t('chart.shift'),
    subtitle: texts.t(ng.length === 0 ? 'chart.shift.noNg' : 'chart.shift.how', { confidence: { share: confidence } }),
    axes: { x: texts.t('chart.shift.change'), y: texts.t('chart.shift.share') },
    marks: [{ name: texts.t('chart.shift.chosen'), colour: COLOURS.ink, dashed: true }],
  };
  return renderChart(config, { widthPx: 940, heightPx: 520 }, words, style);
}

function highest(wrong: readonly number[], seen: number, confidence: number): number[] {
  return seen === 0 ? [] : [clopperPearson(Math.max(...wrong), seen, confidence).high];
}

function rateCurve(
  name: string,
  seen: number,
  wrong: readonly number[],
  colour: string,
  confidence: number,
): ChartDataset<'line'>[] {
  if (seen === 0) return [];
  const bounds = wrong.map((count) => clopperPearson(count, seen, confidence));
  const plain = { borderWidth: 0, pointRadius: 0, borderColor: 'transparent' };
  return [
    {
      ...plain,
      label: '',
      data: bounds.map(({ high }) => high * 100),
      fill: '+1',
      backgroundColor: withAlpha(colour, 0.14),
    },
    { ...plain, label: '', data: bounds.map(({ low }) => low * 100), fill: false },
    {
      label: name,
      data: wrong.map((count) => (100 * count) / seen),
      borderColor: colour,
      backgroundColor: colour,
      borderWidth: 2.5,
      pointRadius: 0,
    },
  ];
}

const chosenLine = ({ texts, words }: ChartStyle): Plugin<'line'> => ({
  id: 'chosen',
  afterDatasetsDraw: (chart: Chart<'line'>) => {
    const { chartArea } = chart;
    const ctx = penOf(chart);
    const at = chart.scales.x!.getPixelForValue(0);
    ctx.save();
    ctx.strokeStyle = COLOURS.ink;
    ctx.setLineDash([5, 4]);
    ctx.beginPath();
    ctx.moveTo(at, chartArea.top);
    ctx.lineTo(at, chartArea.bottom);
    ctx.stroke();
    if (words === 'inside') {
      ctx.fillStyle = COLOURS.ink;
      ctx.font = `400 12px ${FONT_FAMILY}`;
      ctx.fillText(texts.t('chart.shift.chosen'), at + 7, chartArea.top + 14);
    }
    ctx.restore();
  },
});
