import { css, mix, shade, type Rgb } from './light.js';
import type { Painter } from './painter.js';

/** What a product's bare board looks like. */
export interface BoardStyle {
  readonly solderMask: Rgb;
  /** Copper under the mask is a little lighter. */
  readonly traceContrast: number;
}

/**
 * Paints solder mask, buried copper, vias and a trace or two around a part's place.
 * `layout` is the same for all boards of a product, as the layout is; ageing and dust come from `painter.random`.
 */
export function paintBoard(
  painter: Painter,
  style: BoardStyle,
  window: { widthMm: number; heightMm: number },
  layout: BoardLayout,
): void {
  const { ctx, random } = painter;
  const reach = Math.max(window.widthMm, window.heightMm) * 0.8;
  const mask = shade(style.solderMask, random.uniform(-0.05, 0.05));
  ctx.fillStyle = css(mask);
  ctx.fillRect(-reach, -reach, 2 * reach, 2 * reach);

  const copper = mix(mask, [205, 190, 120], style.traceContrast);
  ctx.lineCap = 'round';
  ctx.lineJoin = 'round';
  for (const trace of layout.traces) {
    ctx.strokeStyle = css(copper, 0.75);
    ctx.lineWidth = trace.widthMm;
    ctx.beginPath();
    trace.points.forEach(([x, y], i) =>
      i === 0 ? ctx.moveTo(x * reach, y * reach) : ctx.lineTo(x * reach, y * reach),
    );
    ctx.stroke();
  }
  for (const via of layout.vias) {
    const [x, y] = [via.x * reach, via.y * reach];
    painter.disc(x, y, 0.26, css(shade(copper, 0.1)));
    painter.disc(x, y, 0.21, css(mix(painter.light.metalRising, copper, 0.4)));
    painter.disc(x, y, 0.12, css([22, 24, 20]));
  }
  const dust = random.integer(5);
  for (let i = 0; i < dust; i++)
    painter.disc(
      random.uniform(-reach, reach),
      random.uniform(-reach, reach),
      random.uniform(0.02, 0.06),
      css([235, 235, 225], random.uniform(0.15, 0.5)),
    );
}

/** Copper around one place of one product, in units of the painted square's half side. */
export interface BoardLayout {
  readonly traces: readonly { readonly widthMm: number; readonly points: readonly (readonly [number, number])[] }[];
  readonly vias: readonly { readonly x: number; readonly y: number }[];
}

/** A plausible layout: bus-like traces that run past the part, and vias beside it, from the product's own seed. */
export function layOutBoard(random: {
  uniform(low: number, high: number): number;
  integer(max: number): number;
}): BoardLayout {
  const traces = Array.from({ length: 3 + random.integer(3) }, () => {
    const vertical = random.integer(2) === 0;
    const start = random.uniform(-0.95, 0.95);
    const step = random.uniform(-0.35, 0.35);
    const bend = random.uniform(-0.5, 0.5);
    const points: [number, number][] = [
      [-1, start],
      [bend, start],
      [bend + Math.abs(step), start + step],
      [1, start + step],
    ];
    return {
      widthMm: random.uniform(0.15, 0.45),
      points: vertical ? points.map(([x, y]): [number, number] => [y, x]) : points,
    };
  });
  const vias = Array.from({ length: 2 + random.integer(4) }, () => ({
    x: random.uniform(-0.85, 0.85),
    y: random.uniform(-0.85, 0.85),
  }));
  return { traces, vias };
}
