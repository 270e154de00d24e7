import { createCanvas, type Canvas, type SKRSContext2D } from '@napi-rs/canvas';
import { Chart, registerables, type ChartConfiguration, type ChartType, type Plugin } from 'chart.js';
import { FONT_FAMILY, registerFonts } from './fonts.js';
import { COLOURS } from './palette.js';

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
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

/** Draws a chart and returns it as PNG. */
export function renderChart<T extends ChartType, D>(config: ChartConfiguration<T, D>, size: ChartSize): Uint8Array {
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
  // Chart.js was made for a browser's canvas; all that it uses of one is here too.
  const chart = new Chart(sized(canvas, size), {
    ...config,
    options: {
      ...config.options,
      responsive: false,
      animation: false,
      devicePixelRatio: SCALE,
      layout: { padding: PADDING_PX, ...config.options?.layout },
    },
    plugins: [paper, ...(config.plugins ?? [])],
  } as ChartConfiguration);
  try {
    chart.draw();
    return canvas.toBuffer('image/png');
  } finally {
    chart.destroy();
  }
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

/** Title and axis settings shared by all charts. */
export function titled(title: string, subtitle: string) {
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

export function axisTitle(text: string) {
  return { display: true, text, color: COLOURS.muted, font: { size: 13 } };
}
