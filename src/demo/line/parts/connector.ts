import { css, shade, type Rgb } from '../light.js';
import type { Part } from './part.js';

const NYLON: Rgb = [226, 220, 202];
const PINS_MM = [-2.25, -0.75, 0.75, 2.25] as const;

/** Four-way wire-to-board socket: solder tails at the upper side, mating face open at the lower. */
export const connector: Part = {
  kind: 'connector',
  packageType: 'WTB-4P-1.5',
  compType: 'CONNECTOR',
  polarized: true,
  footprintMm: { width: 8.6, height: 6.6 },
  canTombstone: false,
  paintSilkscreen(painter) {
    painter.silkLine([
      [-4.1, -1.6],
      [-4.1, 3.1],
    ]);
    painter.silkLine([
      [4.1, -1.6],
      [4.1, 3.1],
    ]);
    painter.text('1', { x: -3.4, y: -2.9, heightMm: 0.75 }, [228, 230, 224]);
  },
  paintBareLands(painter) {
    for (const x of PINS_MM) painter.bareLand({ x, y: -2.6, width: 0.75, height: 1.5 });
    for (const sign of [-1, 1]) painter.bareLand({ x: sign * 3.85, y: 1.4, width: 1.0, height: 1.9 });
  },
  paintMounted(painter, look) {
    const { ctx, light } = painter;
    for (const x of PINS_MM) {
      painter.plate({ x, y: -2.6, width: 0.72, height: 1.5, radius: 0.06 }, -0.15);
      painter.joint({ x, y: -2.85, width: 0.66, height: 0.9 }, 'top');
      painter.plate({ x, y: -2.15, width: 0.42, height: 1.1, radius: 0.04 }, 0.1);
    }
    for (const sign of [-1, 1] as const)
      painter.joint({ x: sign * 3.9, y: 1.4, width: 0.95, height: 1.8 }, sign === 1 ? 'right' : 'left');

    const nylon = shade(NYLON, look.tone * 0.06 - 0.04);
    painter.moulded({ x: 0, y: 0.55, width: 7.4, height: 4.6, radius: 0.15 }, nylon, { bevelMm: 0.2, heightMm: 2.2 });
    for (const sign of [-1, 1])
      painter.moulded({ x: sign * 3.3, y: 2.45, width: 0.75, height: 1.3, radius: 0.08 }, shade(nylon, 0.1), {
        bevelMm: 0.08,
        heightMm: 0.4,
      });
    const cavity = { x: 0, y: 2.0, width: 5.7, height: 1.5 };
    painter.boxPath(cavity);
    ctx.fillStyle = css(shade(nylon, -0.62));
    ctx.fill();
    for (const x of PINS_MM) {
      painter.boxPath({ x, y: 2.05, width: 0.36, height: 1.3, radius: 0.05 });
      ctx.fillStyle = css(shade(light.metalFlat, -0.1));
      ctx.fill();
      painter.boxPath({ x, y: -0.1, width: 0.55, height: 0.9, radius: 0.06 });
      ctx.fillStyle = css(shade(nylon, -0.25));
      ctx.fill();
    }
    painter.text(look.lotCode.slice(0, 2), { x: 2.4, y: -1.15, heightMm: 0.5 }, shade(nylon, -0.35), { alpha: 0.8 });
  },
};
