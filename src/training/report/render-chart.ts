import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { Chart, registerables, type ChartConfiguration, type ChartType, type Plugin } from 'chart.js';
import type { ReportTexts } from '../report-texts/index.js';
import { FONT_FAMILY, registerFonts } from './fonts.js';
import { COLOURS } from './palette.js';

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * In which language, and whether the words stand in the picture. A machine need not have a font for every script:
 * a page has its words beside the picture, where the reader's own fonts show them.
 */
export interface ChartStyle {
  readonly texts: ReportTexts;
  readonly words: 'inside' | 'beside';
}

/** What is said about a chart. */
export interface ChartWords {
  readonly title: string;
  readonly subtitle: string;
  /** By the name of the scale. */
  readonly axes: Readonly<Partial<Record<'x' | 'y' | 'loss', string>>>;
  /** Lines that are no data: drawn with their name in the picture, or explained beside it. */
  readonly marks?: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly name: string;
  readonly colour: string;
  readonly dashed: boolean;
}

export interface ChartPicture {
  readonly png: Uint8Array;
  readonly widthPx: number;
  /** Null where they stand in the picture. */
  readonly words: ChartWords | null;
  readonly legend: readonly LegendEntry[];
}

/** Pixels of the picture per pixel of the layout: sharp on paper and on dense screens. */
const SCALE = 2;
const PADDING_PX = 16;

let prepared = false;

function prepare(): void {
  if (prepared) return;
  prepared = true;
  registerFonts();
  Chart.register(...registerables);
  Chart.defaults.font.family = FONT_FAMILY;
  Chart.defaults.font.size = 13;
  Chart.defaults.color = COLOURS.ink;
  Chart.defaults.borderColor = COLOURS.grid;
}

/** Draws a chart as PNG. */
export function renderChart<T extends ChartType, D>(
  config: ChartConfiguration<T, D>,
  size: ChartSize,
  words: ChartWords,
  style: ChartStyle,
): ChartPicture {
  prepare();
  const canvas = createCanvas(size.widthPx * SCALE, size.heightPx * SCALE);
  const paper: Plugin = {
    id: 'paper',
    beforeDraw: (chart) => {
      const { width, height } = chart;
      const ctx = penOf(chart);
      ctx.save();
      ctx.fillStyle = COLOURS.paper;
      ctx.fillRect(0, 0, width, height);
      ctx.restore();
    },
  };
  const whole = {
    ...config,
    options: {
      ...worded(config as ChartConfiguration, words, style),
      locale: style.texts.locale,
      responsive: false,
      animation: false,
      devicePixelRatio: SCALE,
      layout: { padding: PADDING_PX, ...config.options?.layout },
    },
    plugins: [paper, ...(config.plugins ?? [])],
  } as ChartConfiguration;
  // Chart.js was made for a browser's canvas; all that it uses of one is here too.
  const chart = new Chart(sized(canvas, size), whole);
  try {
    chart.draw();
    const beside = style.words === 'beside';
    return {
      png: canvas.toBuffer('image/png'),
      widthPx: size.widthPx,
      words: beside ? words : null,
      legend: beside ? [...legendOf(config as ChartConfiguration), ...(words.marks ?? [])] : [],
    };
  } finally {
    chart.destroy();
  }
}

/** The chart's options with its words in the picture, or without any. */
function worded({ options }: ChartConfiguration, words: ChartWords, style: ChartStyle): ChartConfiguration['options'] {
  const inside = style.words === 'inside';
  const scales = Object.entries(options?.scales ?? {}).map(([name, scale]) => {
    const title = words.axes[name as keyof ChartWords['axes']];
    return [name, { ...scale, ...(inside && title !== undefined ? { title: axisTitle(title) } : {}) }] as const;
  });
  return {
    ...options,
    plugins: {
      ...options?.plugins,
      ...(inside ? titled(words.title, words.subtitle) : { legend: { display: false } }),
    },
    scales: Object.fromEntries(scales),
  };
}

function legendOf({ data }: ChartConfiguration): LegendEntry[] {
  return data.datasets.flatMap(({ label, borderColor, ...dataset }) =>
    label === undefined || label === ''
      ? []
      : [{ name: label, colour: borderColor as string, dashed: 'borderDash' in dataset }],
  );
}

function sized(canvas: Canvas, { widthPx, heightPx }: ChartSize): HTMLCanvasElement {
  canvas.width = widthPx;
  canvas.height = heightPx;
  return canvas as unknown as HTMLCanvasElement;
}

/** The drawing context under a chart, for plugins that draw what Chart.js has no type for. */
export function penOf(chart: { readonly ctx: unknown }): SKRSContext2D {
  return chart.ctx as SKRSContext2D;
}

function titled(title: string, subtitle: string) {
  return {
    title: {
      display: true,
      text: title,
      align: 'start' as const,
      color: COLOURS.ink,
      font: { size: 18, weight: 600 as const },
      padding: { top: 4, bottom: 2 },
    },
    subtitle: {
      display: subtitle !== '',
      text: subtitle,
      align: 'start' as const,
      color: COLOURS.muted,
      font: { size: 13 },
      padding: { bottom: 12 },
    },
  };
}

function axisTitle(text: string) {
  return { display: true, text, color: COLOURS.muted, font: { size: 13 } };
}
