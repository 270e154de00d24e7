import { css, shade, type Rgb } from '../light.js';
import type { Box, Painter } from '../painter.js';
import type { Part } from './part.js';

const COMPOUND: Rgb = [46, 46, 50];
const LASER: Rgb = [186, 188, 186];

const SOIC_ROWS_MM = [-1.905, -0.635, 0.635, 1.905] as const;
const SOIC_BODY: Box = { x: 0, y: 0, width: 3.9, height: 4.9, radius: 0.12 };

/** Eight gull-wing leads on two sides; a dimple at pin 1 and a bar moulded across the upper end. */
export const soic: Part = {
  kind: 'soic',
  packageType: 'SOIC-8',
  compType: 'IC',
  polarized: true,
  footprintMm: { width: 6.6, height: 5.2 },
  canTombstone: false,
  paintSilkscreen(painter) {
    painter.silkLine([
      [-1.9, -2.75],
      [1.9, -2.75],
    ]);
    painter.silkLine([
      [-1.9, 2.75],
      [1.9, 2.75],
    ]);
    painter.disc(-3.1, -2.75, 0.17, css([228, 230, 224], 0.9));
  },
  paintBareLands(painter) {
    for (const [side, y] of soicPins()) painter.bareLand({ x: side * 2.75, y, width: 1.5, height: 0.62 });
  },
  paintMounted(painter, look) {
    for (const [side, y] of soicPins()) paintGullWing(painter, side, y);
    painter.moulded(SOIC_BODY, shade(COMPOUND, look.tone * 0.08), { bevelMm: 0.24, heightMm: 1.5 });
    painter.disc(-1.32, -1.82, 0.27, css(shade(COMPOUND, -0.45)));
    painter.disc(-1.29, -1.78, 0.19, css(shade(COMPOUND, 0.06)));
    painter.text(look.marking, { x: 0.1, y: -0.45, heightMm: 0.72 }, LASER);
    painter.text(look.lotCode, { x: 0.1, y: 0.75, heightMm: 0.58 }, LASER, { alpha: 0.7 });
    painter.boxPath({ x: 0, y: -2.1, width: 3.3, height: 0.14 });
    painter.ctx.fillStyle = css(shade(COMPOUND, 0.3), 0.8);
    painter.ctx.fill();
  },
};

function soicPins(): [side: -1 | 1, y: number][] {
  return SOIC_ROWS_MM.flatMap((y): [-1 | 1, number][] => [
    [-1, y],
    [1, y],
  ]);
}

function paintGullWing(painter: Painter, side: -1 | 1, y: number): void {
  const wobble = painter.random.uniform(-0.03, 0.03);
  painter.plate({ x: side * 2.75, y: y + wobble / 2, width: 1.5, height: 0.6, radius: 0.08 }, -0.12);
  painter.joint({ x: side * 3.05, y, width: 0.86, height: 0.56 }, side === 1 ? 'right' : 'left');
  painter.plate({ x: side * 2.35, y: y + wobble, width: 0.95, height: 0.4, radius: 0.05 }, 0.1);
}

const QFN_PITCH_MM = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5] as const;
const QFN_BODY: Box = { x: 0, y: 0, width: 4.6, height: 4.6, radius: 0.08 };

/** Square, leadless, 28 lands; only the dot in the upper left corner tells its orientation. */
export const qfn: Part = {
  kind: 'qfn',
  packageType: 'QFN-28',
  compType: 'IC',
  polarized: true,
  footprintMm: { width: 5.6, height: 5.6 },
  canTombstone: false,
  paintSilkscreen(painter) {
    for (const [sx, sy] of [
      [1, -1],
      [1, 1],
      [-1, 1],
    ] as const)
      painter.silkLine([
        [sx * 2.1, sy * 2.75],
        [sx * 2.75, sy * 2.75],
        [sx * 2.75, sy * 2.1],
      ]);
    painter.ctx.beginPath();
    painter.ctx.moveTo(-2.95, -2.3);
    painter.ctx.lineTo(-2.3, -2.95);
    painter.ctx.lineTo(-2.95, -2.95);
    painter.ctx.closePath();
    painter.ctx.fillStyle = css([228, 230, 224], 0.9);
    painter.ctx.fill();
  },
  paintBareLands(painter) {
    painter.bareLand({ x: 0, y: 0, width: 2.6, height: 2.6 });
    forEachQfnLand((box) => painter.bareLand(box));
  },
  paintMounted(painter, look) {
    forEachQfnLand((box, side) => painter.joint(box, side));
    painter.moulded(QFN_BODY, shade(COMPOUND, -0.05 + look.tone * 0.08), { bevelMm: 0.1, heightMm: 0.8 });
    painter.disc(-1.75, -1.75, 0.24, css(LASER, 0.75));
    painter.text(look.marking, { x: 0.1, y: -0.5, heightMm: 0.7 }, LASER);
    painter.text(look.lotCode, { x: 0.1, y: 0.55, heightMm: 0.6 }, LASER, { alpha: 0.75 });
    painter.text('Z2', { x: -0.9, y: 1.55, heightMm: 0.5 }, LASER, { alpha: 0.6 });
  },
};

function forEachQfnLand(paint: (box: Box, outer: 'top' | 'right' | 'bottom' | 'left') => void): void {
  for (const at of QFN_PITCH_MM) {
    paint({ x: at, y: -2.42, width: 0.3, height: 0.62 }, 'top');
    paint({ x: at, y: 2.42, width: 0.3, height: 0.62 }, 'bottom');
    paint({ x: -2.42, y: at, width: 0.62, height: 0.3 }, 'left');
    paint({ x: 2.42, y: at, width: 0.62, height: 0.3 }, 'right');
  }
}
