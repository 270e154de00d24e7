import { css, shade, type Rgb } from '../light.js';
import type { Box, Painter } from '../painter.js';
import type { Part } from './part.js';

const WHITE_INK: Rgb = [214, 214, 206];

/** Lands of a two-terminal part: one above, one below the origin. */
interface TwoLands {
  readonly centerMm: number;
  readonly width: number;
  readonly height: number;
}

function paintBareLandPair(painter: Painter, lands: TwoLands): void {
  for (const sign of [-1, 1])
    painter.bareLand({ x: 0, y: sign * lands.centerMm, width: lands.width, height: lands.height });
}

function paintJoinedLands(
  painter: Painter,
  lands: TwoLands,
  which: readonly ('top' | 'bottom')[] = ['top', 'bottom'],
): void {
  for (const side of which) {
    const sign = side === 'top' ? -1 : 1;
    const box = { x: 0, y: sign * lands.centerMm, width: lands.width, height: lands.height };
    painter.plate({ ...box, radius: 0.08 }, -0.15);
    painter.joint({ ...box, width: lands.width * 0.92, height: lands.height * 0.9 }, side);
  }
}

const DIODE_LANDS: TwoLands = { centerMm: 2.15, width: 1.7, height: 1.5 };
const DIODE_BODY: Box = { x: 0, y: 0, width: 2.6, height: 4.1, radius: 0.14 };
const DIODE_COLOR: Rgb = [50, 50, 54];

/** SMA rectifier: a light band across the cathode end. */
export const diode: Part = {
  kind: 'diode',
  packageType: 'DO-214AC',
  compType: 'DIODE',
  polarized: true,
  footprintMm: { width: 2.9, height: 5.8 },
  canTombstone: true,
  paintSilkscreen(painter) {
    painter.silkLine([
      [-1.6, 1.9],
      [-1.6, -3.05],
      [1.6, -3.05],
      [1.6, 1.9],
    ]);
    painter.silkLine(
      [
        [-1.6, -3.22],
        [1.6, -3.22],
      ],
      0.2,
    );
  },
  paintBareLands: (painter) => paintBareLandPair(painter, DIODE_LANDS),
  paintMounted(painter, look) {
    paintJoinedLands(painter, DIODE_LANDS);
    for (const sign of [-1, 1]) painter.plate({ x: 0, y: sign * 2.15, width: 1.4, height: 0.55, radius: 0.05 }, 0.08);
    const color = shade(DIODE_COLOR, look.tone * 0.1);
    painter.moulded(DIODE_BODY, color, { bevelMm: 0.22, heightMm: 2 });
    painter.boxPath({ x: 0, y: -1.28, width: 2.24, height: 0.62 });
    painter.ctx.fillStyle = css(WHITE_INK, 0.82);
    painter.ctx.fill();
    painter.text(look.marking, { x: 0, y: 0.05, heightMm: 0.62 }, WHITE_INK, { alpha: 0.75 });
    painter.text(look.lotCode, { x: 0, y: 0.98, heightMm: 0.5 }, WHITE_INK, { alpha: 0.6 });
  },
  paintTombstone(painter, look) {
    painter.bareLand({ x: 0, y: DIODE_LANDS.centerMm, width: DIODE_LANDS.width, height: DIODE_LANDS.height });
    paintStandingBody(painter, { ...DIODE_BODY, y: -1.7, height: 1.7 }, shade(DIODE_COLOR, look.tone * 0.1));
  },
};

const TANTALUM_LANDS: TwoLands = { centerMm: 1.7, width: 2.3, height: 1.2 };
const TANTALUM_BODY: Box = { x: 0, y: 0, width: 2.8, height: 3.5, radius: 0.1 };
const TANTALUM_COLOR: Rgb = [214, 152, 46];

/** Moulded tantalum capacitor: a dark bar at the positive end. */
export const tantalum: Part = {
  kind: 'tantalum',
  packageType: 'CASE-B',
  compType: 'CAPACITOR',
  polarized: true,
  footprintMm: { width: 3.1, height: 4.7 },
  canTombstone: true,
  paintSilkscreen(painter) {
    for (const sign of [-1, 1])
      painter.silkLine([
        [sign * 1.7, 1.9],
        [sign * 1.7, -2.2],
        [sign * 1.2, -2.65],
      ]);
    painter.text('+', { x: -2.2, y: -2.2, heightMm: 0.7 }, [228, 230, 224]);
  },
  paintBareLands: (painter) => paintBareLandPair(painter, TANTALUM_LANDS),
  paintMounted(painter, look) {
    paintJoinedLands(painter, TANTALUM_LANDS);
    const color = shade(TANTALUM_COLOR, look.tone * 0.14);
    painter.moulded(TANTALUM_BODY, color, { bevelMm: 0.16, heightMm: 1.9 });
    const ink: Rgb = [92, 52, 20];
    painter.boxPath({ x: 0, y: -1.22, width: 2.5, height: 0.52 });
    painter.ctx.fillStyle = css(ink, 0.9);
    painter.ctx.fill();
    painter.text(look.marking, { x: 0, y: -0.18, heightMm: 0.82 }, ink);
    painter.text(look.lotCode.slice(0, 3), { x: 0, y: 0.98, heightMm: 0.66 }, ink, { alpha: 0.8 });
  },
  paintTombstone(painter, look) {
    painter.bareLand({ x: 0, y: TANTALUM_LANDS.centerMm, width: TANTALUM_LANDS.width, height: TANTALUM_LANDS.height });
    paintStandingBody(painter, { ...TANTALUM_BODY, y: -1.4, height: 1.6 }, shade(TANTALUM_COLOR, look.tone * 0.14));
  },
};

const RESISTOR_LANDS: TwoLands = { centerMm: 1.5, width: 1.75, height: 1.25 };
const RESISTOR_COLOR: Rgb = [38, 38, 42];

/** Thick-film chip resistor: the same turned by 180° but for its print, and without polarity either way. */
export const resistor: Part = {
  kind: 'resistor',
  packageType: '1206',
  compType: 'RESISTOR',
  polarized: false,
  footprintMm: { width: 2, height: 4.3 },
  canTombstone: true,
  paintSilkscreen(painter) {
    for (const sign of [-1, 1])
      painter.silkLine([
        [sign * 1.2, -0.7],
        [sign * 1.2, 0.7],
      ]);
  },
  paintBareLands: (painter) => paintBareLandPair(painter, RESISTOR_LANDS),
  paintMounted(painter, look) {
    paintJoinedLands(painter, RESISTOR_LANDS);
    painter.boxPath({ x: 0, y: 0, width: 1.6, height: 3.2, radius: 0.05 });
    painter.fillRaised([214, 212, 206], 0.55);
    for (const sign of [-1, 1]) painter.plate({ x: 0, y: sign * 1.38, width: 1.6, height: 0.46, radius: 0.06 }, 0.05);
    painter.moulded({ x: 0, y: 0, width: 1.52, height: 2.3, radius: 0.04 }, shade(RESISTOR_COLOR, look.tone * 0.1), {
      bevelMm: 0.06,
      heightMm: 0.1,
    });
    painter.text(look.marking, { x: 0, y: 0, heightMm: 0.78, turnRad: Math.PI / 2 }, WHITE_INK);
  },
  paintTombstone(painter, look) {
    painter.bareLand({ x: 0, y: RESISTOR_LANDS.centerMm, width: RESISTOR_LANDS.width, height: RESISTOR_LANDS.height });
    paintStandingBody(
      painter,
      { x: 0, y: -1.35, width: 1.6, height: 0.85, radius: 0.05 },
      shade([150, 148, 142], look.tone * 0.1),
    );
  },
};

/** Seen from above, a part on its end is a short, bright-topped block with a long shadow. */
function paintStandingBody(painter: Painter, box: Box, color: Rgb): void {
  painter.joint({ x: 0, y: box.y - box.height / 2 - 0.15, width: box.width * 0.7, height: 0.6 }, 'top');
  painter.moulded(box, shade(color, -0.1), { bevelMm: 0.08, heightMm: 4 });
  painter.plate({ ...box, width: box.width * 0.86, height: box.height * 0.62, radius: 0.05 }, 0.05);
}
