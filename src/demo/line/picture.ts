import { createCanvas } from '@napi-rs/canvas';
import { Random } from '../../common/index.js';
import { ORIENTATIONS } from '../../dataset/index.js';
import { layOutBoard, paintBoard } from './board-surface.js';
import { drawExposure, exposePicture, type NoiseTable } from './camera.js';
import type { Placement } from './catalogue.js';
import { LIGHTS, type LightCode } from './light.js';
import { Painter } from './painter.js';
import { PARTS, type Part, type PartKind, type PartLook } from './parts/index.js';

/** What can be wrong with a placement. */
export const DEFECTS = ['Missing', 'WrongPart', 'Reversed', 'Shifted', 'Tombstone'] as const;
export type Defect = (typeof DEFECTS)[number];

/** One shot of one placement on one board under one light. */
export interface Shot {
  readonly placement: Placement;
  readonly light: LightCode;
  readonly defect: Defect | null;
  /** Seeds the board: pose, lot, dust. Shots of the same placement share it. */
  readonly placementSeed: string;
  /** Seeds the camera: exposure and noise of this shot alone. */
  readonly shotSeed: string;
}

export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  /** width × height × 4 bytes. */
  readonly rgba: Uint8ClampedArray;
}

const PX_PER_MM = 19;
const MARGIN_MM = 1.5;

/** Defects that can happen to a part. */
export function possibleDefects(part: Part): Defect[] {
  return DEFECTS.filter(
    (defect) => (defect !== 'Reversed' || part.polarized) && (defect !== 'Tombstone' || part.canTombstone),
  );
}

/** The inspection window of a placement in pixels; mounted sideways it lies on its side. */
export function windowOf(placement: Placement): { widthPx: number; heightPx: number } {
  const { width, height } = PARTS[placement.part].footprintMm;
  const across = Math.round((width + MARGIN_MM) * PX_PER_MM);
  const along = Math.round((height + MARGIN_MM) * PX_PER_MM);
  return turnsOf(placement) % 2 === 0 ? { widthPx: across, heightPx: along } : { widthPx: along, heightPx: across };
}

/** Clockwise quarter turns from Up. */
export function turnsOf(placement: Placement): number {
  return ORIENTATIONS.indexOf(placement.mounted);
}

/** Renders one shot; the same shot gives the same pixels. */
export function takePicture(shot: Shot, layoutSeed: string, noise: NoiseTable): Picture {
  const { placement, defect } = shot;
  const { widthPx, heightPx } = windowOf(placement);
  const canvas = createCanvas(widthPx, heightPx);
  const ctx = canvas.getContext('2d');
  const random = new Random(shot.placementSeed);
  const part = PARTS[placement.part];
  const painter = new Painter(ctx, LIGHTS[shot.light], random, PX_PER_MM);

  ctx.translate(widthPx / 2, heightPx / 2);
  ctx.scale(PX_PER_MM, PX_PER_MM);
  ctx.rotate((turnsOf(placement) * Math.PI) / 2);
  const boardFrame = {
    x: random.uniform(-0.16, 0.16),
    y: random.uniform(-0.16, 0.16),
    turnRad: degrees(random.uniform(-1.5, 1.5)),
  };
  painter.inFrame(boardFrame, () => {
    const layout = layOutBoard(new Random(`${layoutSeed}/${placement.product.name}/${placement.component}`));
    paintBoard(painter, placement.product, { widthMm: widthPx / PX_PER_MM, heightMm: heightPx / PX_PER_MM }, layout);
    part.paintSilkscreen(painter);
    mountPart(painter, placement, defect);
  });

  const camera = new Random(shot.shotSeed);
  const image = ctx.getImageData(0, 0, widthPx, heightPx);
  const rgba = new Uint8ClampedArray(image.data);
  exposePicture(rgba, widthPx, heightPx, LIGHTS[shot.light], drawExposure(camera), noise.startAt(camera));
  return { widthPx, heightPx, rgba };
}

function mountPart(painter: Painter, placement: Placement, defect: Defect | null): void {
  const { random } = painter;
  const part = PARTS[placement.part];
  const look: PartLook = {
    marking: placement.marking,
    lotCode: lotCode(random),
    tone: random.uniform(-1, 1),
  };
  const pose = {
    x: random.normal() * 0.06,
    y: random.normal() * 0.06,
    turnRad: degrees(random.normal() * 1.3),
    scale: random.uniform(0.985, 1.015),
  };
  switch (defect) {
    case null:
      return painter.inFrame(pose, () => part.paintMounted(painter, look));
    case 'Missing':
      return part.paintBareLands(painter);
    case 'WrongPart': {
      part.paintBareLands(painter);
      const other = PARTS[random.pick(WRONG_PARTS[placement.part])];
      const fit = Math.min(1.25, part.footprintMm.height / other.footprintMm.height);
      return painter.inFrame({ ...pose, turnRad: pose.turnRad + random.integer(4) * (Math.PI / 2), scale: fit }, () =>
        other.paintMounted(painter, { ...look, marking: random.pick(['475', '1N4', 'M7', '8P2']) }),
      );
    }
    case 'Reversed':
      return painter.inFrame({ ...pose, turnRad: pose.turnRad + Math.PI }, () => part.paintMounted(painter, look));
    case 'Shifted': {
      part.paintBareLands(painter);
      const side = random.next() < 0.5 ? -1 : 1;
      const shifted = {
        ...pose,
        x: side * part.footprintMm.width * random.uniform(0.14, 0.26),
        y: part.footprintMm.height * random.uniform(-0.12, 0.12),
        turnRad: side * degrees(random.uniform(14, 30)),
      };
      return painter.inFrame(shifted, () => part.paintMounted(painter, look));
    }
    case 'Tombstone':
      return painter.inFrame({ ...pose, turnRad: random.next() < 0.5 ? 0 : Math.PI }, () =>
        part.paintTombstone?.(painter, look),
      );
  }
}

/** What a feeder mix-up puts in a part's place. */
const WRONG_PARTS: Readonly<Record<PartKind, readonly PartKind[]>> = {
  soic: ['qfn', 'electrolytic'],
  qfn: ['electrolytic', 'soic'],
  diode: ['tantalum', 'resistor'],
  electrolytic: ['qfn', 'connector'],
  tantalum: ['resistor', 'diode'],
  connector: ['soic', 'electrolytic'],
  resistor: ['tantalum', 'diode'],
};

function lotCode(random: Random): string {
  return `${10 + random.integer(52)}${random.pick(['A', 'B', 'C', 'D', 'H', 'K'])}${random.integer(10)}`;
}

function degrees(value: number): number {
  return (value * Math.PI) / 180;
}
