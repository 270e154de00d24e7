import { css, mix, shade, type Rgb } from '../light.js';
import type { Part } from './part.js';

const RADIUS_MM = 2.95;
const INK: Rgb = [44, 42, 52];

/** Aluminium can on a plastic base: a dark segment marks the negative side, the base is chamfered opposite. */
export const electrolytic: Part = {
  kind: 'electrolytic',
  packageType: 'CAE-6.3X5.8',
  compType: 'CAPACITOR',
  polarized: true,
  footprintMm: { width: 6.8, height: 8.4 },
  canTombstone: false,
  paintSilkscreen(painter) {
    for (const sign of [-1, 1])
      painter.silkLine([
        [sign * 1.1, -3.55],
        [sign * 3.5, -3.55],
        [sign * 3.5, 2.4],
        [sign * 2.4, 3.55],
        [sign * 1.1, 3.55],
      ]);
    painter.text('+', { x: -1.9, y: 4.1, heightMm: 0.8 }, [228, 230, 224]);
  },
  paintBareLands(painter) {
    for (const sign of [-1, 1]) painter.bareLand({ x: 0, y: sign * 2.7, width: 1.6, height: 3.2 });
  },
  paintMounted(painter, look) {
    const { ctx, light } = painter;
    painter.plate({ x: 0, y: -3.6, width: 1.5, height: 1.1, radius: 0.08 }, -0.15);
    painter.joint({ x: 0, y: -3.6, width: 1.2, height: 1 }, 'top');
    painter.plate({ x: 0, y: 3.6, width: 1.5, height: 1.1, radius: 0.08 }, -0.15);
    painter.joint({ x: 0, y: 3.6, width: 1.2, height: 1 }, 'bottom');

    const base = 3.3;
    ctx.beginPath();
    ctx.moveTo(-base, -base);
    ctx.lineTo(base, -base);
    ctx.lineTo(base, base - 1.1);
    ctx.lineTo(base - 1.1, base);
    ctx.lineTo(-base + 1.1, base);
    ctx.lineTo(-base, base - 1.1);
    ctx.closePath();
    painter.fillRaised(shade([40, 40, 44], look.tone * 0.1), 0.5);

    const can = { x: 0, y: 0, width: 2 * RADIUS_MM, height: 2 * RADIUS_MM };
    const aluminium: Rgb = mix([192, 194, 198], light.metalFlat, 0.25);
    ctx.beginPath();
    ctx.arc(0, 0, RADIUS_MM, 0, 2 * Math.PI);
    painter.fillRaised(painter.slopeGradient(can, shade(aluminium, -0.5), shade(aluminium, -0.05)), 2.6);
    ctx.beginPath();
    ctx.arc(0, 0, RADIUS_MM * 0.92, 0, 2 * Math.PI);
    ctx.fillStyle = painter.slopeGradient(can, shade(aluminium, -0.12), shade(aluminium, 0.1 + light.gloss * 0.3));
    ctx.fill();

    ctx.beginPath();
    const half = 0.86;
    ctx.arc(0, 0, RADIUS_MM * 0.9, -Math.PI / 2 - half, -Math.PI / 2 + half);
    ctx.closePath();
    ctx.fillStyle = css(shade(INK, look.tone * 0.12), 0.92);
    ctx.fill();

    painter.text(look.marking, { x: 0, y: -0.35, heightMm: 0.9 }, INK);
    painter.text('16V', { x: 0, y: 0.95, heightMm: 0.8 }, INK);
    painter.text(look.lotCode.slice(0, 2), { x: 0, y: 2.02, heightMm: 0.55 }, INK, { alpha: 0.7 });
  },
};
