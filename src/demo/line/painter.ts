import type { SKRSContext2D } from '@napi-rs/canvas';
import type { Random } from '../../common/index.js';
import { css, mix, shade, type LightProfile, type Rgb } from './light.js';
import { textStrokes } from './stroke-font.js';

/** A rectangle in mm, by its centre. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly radius?: number;
}

/** Which way a solder fillet falls off, in the part's own frame. */
export type Side = 'top' | 'right' | 'bottom' | 'left';

const OUTWARDS: Record<Side, readonly [number, number]> = {
  top: [0, -1],
  right: [1, 0],
  bottom: [0, 1],
  left: [-1, 0],
};

/**
 * Draws materials in mm in the part's own frame (Up: its mark points to negative y), under one light.
 * Shadows and gloss follow the lamp, which stands still while the part is turned.
 */
export class Painter {
  constructor(
    readonly ctx: SKRSContext2D,
    readonly light: LightProfile,
    readonly random: Random,
    private readonly pxPerMm: number,
  ) {}

  /** Runs `draw` in a frame moved and turned clockwise; the lamp stays where it is. */
  inFrame(frame: { x: number; y: number; turnRad: number; scale?: number }, draw: () => void): void {
    const { ctx } = this;
    ctx.save();
    ctx.translate(frame.x, frame.y);
    ctx.rotate(frame.turnRad);
    ctx.scale(frame.scale ?? 1, frame.scale ?? 1);
    draw();
    ctx.restore();
  }

  boxPath({ x, y, width, height, radius = 0 }: Box): void {
    this.ctx.beginPath();
    this.ctx.roundRect(x - width / 2, y - height / 2, width, height, Math.min(radius, width / 2, height / 2));
  }

  /** Fills the current path with a cast shadow below it. `heightMm` is how far the thing stands up. */
  fillRaised(fill: Parameters<typeof Painter.setFill>[1], heightMm: number): void {
    const { ctx, light } = this;
    ctx.save();
    const fromRad = light.fromDeg === null ? null : (light.fromDeg * Math.PI) / 180;
    const lengthPx = light.shadowMm * heightMm * this.pxPerMm;
    ctx.shadowColor = `rgba(0,0,0,${light.shadowStrength})`;
    ctx.shadowBlur = lengthPx * 1.2 + 1;
    ctx.shadowOffsetX = fromRad === null ? 0 : -Math.cos(fromRad) * lengthPx;
    ctx.shadowOffsetY = fromRad === null ? lengthPx * 0.15 : -Math.sin(fromRad) * lengthPx;
    Painter.setFill(ctx, fill);
    ctx.fill();
    ctx.restore();
  }

  static setFill(ctx: SKRSContext2D, fill: Rgb | CanvasGradientLike): void {
    if (isRgb(fill)) ctx.fillStyle = css(fill);
    else ctx.fillStyle = fill;
  }

  /** A moulded body: a level top with sloping edges, lit by the lamp. */
  moulded(box: Box, color: Rgb, options: { bevelMm: number; heightMm: number }): void {
    const { ctx } = this;
    this.boxPath(box);
    this.fillRaised(this.slopeGradient(box, shade(color, -0.3), shade(color, 0.16)), options.heightMm);
    const inner = {
      ...box,
      width: box.width - 2 * options.bevelMm,
      height: box.height - 2 * options.bevelMm,
      radius: Math.max(0, (box.radius ?? 0) - options.bevelMm / 2),
    };
    this.boxPath(inner);
    ctx.fillStyle = this.slopeGradient(inner, shade(color, -0.03), shade(color, 0.05 + this.light.gloss * 0.12));
    ctx.fill();
    this.grain(inner, color);
  }

  /** Plated metal: a level middle with slopes falling towards all edges. */
  plate(box: Box, brightness = 0): void {
    const { light } = this;
    this.boxPath(box);
    this.fillRaised(shade(light.metalRising, brightness - 0.15), 0.2);
    const rim = Math.min(box.width, box.height) * 0.16;
    this.boxPath({ ...box, width: box.width - rim, height: box.height - rim });
    this.ctx.fillStyle = this.slopeGradient(
      box,
      shade(mix(light.metalFlat, light.metalRising, 0.3), brightness),
      shade(light.metalFlat, brightness + 0.12),
    );
    this.ctx.fill();
  }

  /**
   * A solder fillet on a pad: steep where it climbs the lead, level towards its outer end (`outer`).
   * Wetting differs from joint to joint.
   */
  joint(box: Box, outer: Side): void {
    const { ctx, light, random } = this;
    const [dx, dy] = OUTWARDS[outer];
    const reach = (Math.abs(dx) * box.width + Math.abs(dy) * box.height) / 2;
    const gradient = ctx.createLinearGradient(
      box.x - dx * reach,
      box.y - dy * reach,
      box.x + dx * reach,
      box.y + dy * reach,
    );
    const wetting = random.uniform(0.32, 0.5);
    gradient.addColorStop(0, css(light.metalSteep));
    gradient.addColorStop(wetting, css(mix(light.metalSteep, light.metalRising, 0.7)));
    gradient.addColorStop(wetting + 0.24, css(light.metalRising));
    gradient.addColorStop(Math.min(1, wetting + 0.42), css(light.metalFlat));
    gradient.addColorStop(1, css(shade(light.metalFlat, -0.18)));
    this.boxPath({ radius: Math.min(box.width, box.height) * 0.28, ...box });
    this.fillRaised(gradient, 0.25);
    this.glint(box);
  }

  /** A bare land: solder pasted and melted with nothing on it. */
  bareLand(box: Box): void {
    const { ctx, light, random } = this;
    this.boxPath({ ...box, radius: 0.08 });
    this.fillRaised(shade(light.metalRising, -0.1), 0.1);
    const dome = ctx.createRadialGradient(
      box.x + random.uniform(-0.1, 0.1) * box.width,
      box.y + random.uniform(-0.1, 0.1) * box.height,
      0,
      box.x,
      box.y,
      Math.max(box.width, box.height) * 0.56,
    );
    dome.addColorStop(0, css(shade(light.metalFlat, 0.15)));
    dome.addColorStop(0.55, css(light.metalFlat));
    dome.addColorStop(0.8, css(light.metalRising));
    dome.addColorStop(1, css(light.metalSteep));
    this.boxPath({ ...box, width: box.width * 0.94, height: box.height * 0.94, radius: 0.12 });
    ctx.fillStyle = dome;
    ctx.fill();
  }

  /** Laser marking or silkscreen. */
  text(
    text: string,
    at: { x: number; y: number; heightMm: number; turnRad?: number },
    color: Rgb,
    options: { lineMm?: number; alpha?: number } = {},
  ): void {
    const { ctx } = this;
    this.inFrame({ x: at.x, y: at.y, turnRad: at.turnRad ?? 0 }, () => {
      ctx.strokeStyle = css(color, options.alpha ?? 0.85);
      ctx.lineWidth = options.lineMm ?? at.heightMm * 0.13;
      ctx.lineCap = 'round';
      ctx.lineJoin = 'round';
      for (const stroke of textStrokes(text, at.heightMm)) this.polyline(stroke);
    });
  }

  /** An open line of silkscreen ink; its edge is a little uneven in the real thing, and its ink thin. */
  silkLine(points: readonly (readonly [number, number])[], widthMm = 0.14): void {
    this.ctx.strokeStyle = css([228, 230, 224], 0.88);
    this.ctx.lineWidth = widthMm * this.random.uniform(0.85, 1.15);
    this.ctx.lineCap = 'round';
    this.ctx.lineJoin = 'round';
    this.polyline(points);
  }

  disc(x: number, y: number, radius: number, fill: string): void {
    this.ctx.beginPath();
    this.ctx.arc(x, y, radius, 0, 2 * Math.PI);
    this.ctx.fillStyle = fill;
    this.ctx.fill();
  }

  /** A gradient along the lamp's direction as seen from the current frame; from a ring, slightly diagonal. */
  slopeGradient(box: Box, dark: Rgb, bright: Rgb): CanvasGradientLike {
    const { ctx } = this;
    const { a, b } = ctx.getTransform();
    const turned = Math.atan2(b, a);
    const direction =
      (this.light.fromDeg === null ? (250 * Math.PI) / 180 : (this.light.fromDeg * Math.PI) / 180) - turned;
    const reach = Math.max(box.width, box.height) / 2;
    const [dx, dy] = [Math.cos(direction) * reach, Math.sin(direction) * reach];
    const gradient = ctx.createLinearGradient(box.x - dx, box.y - dy, box.x + dx, box.y + dy);
    const contrast = this.light.fromDeg === null ? 0.6 : 1;
    gradient.addColorStop(0, css(mix(mix(dark, bright, 0.5), dark, contrast)));
    gradient.addColorStop(1, css(mix(mix(dark, bright, 0.5), bright, contrast)));
    return gradient;
  }

  private polyline(points: readonly (readonly [number, number])[]): void {
    const { ctx } = this;
    ctx.beginPath();
    points.forEach(([x, y], index) => (index === 0 ? ctx.moveTo(x, y) : ctx.lineTo(x, y)));
    ctx.stroke();
  }

  private glint(box: Box): void {
    const { random } = this;
    const size = Math.min(box.width, box.height);
    this.disc(
      box.x + random.uniform(-0.25, 0.25) * box.width,
      box.y + random.uniform(-0.25, 0.25) * box.height,
      size * random.uniform(0.08, 0.16),
      css([255, 255, 250], random.uniform(0.25, 0.65)),
    );
  }

  /** The fine texture of moulding compound. */
  private grain(box: Box, color: Rgb): void {
    const { random } = this;
    const specks = Math.round(box.width * box.height * 4);
    for (let i = 0; i < specks; i++) {
      const bright = random.next() < 0.5;
      this.disc(
        box.x + random.uniform(-0.5, 0.5) * box.width,
        box.y + random.uniform(-0.5, 0.5) * box.height,
        random.uniform(0.02, 0.05),
        css(shade(color, bright ? 0.25 : -0.25), 0.28),
      );
    }
  }
}

type CanvasGradientLike = ReturnType<SKRSContext2D['createLinearGradient']>;

function isRgb(fill: Rgb | CanvasGradientLike): fill is Rgb {
  return Array.isArray(fill);
}
