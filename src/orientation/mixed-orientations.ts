import {
  decodeThumbnail,
  dot,
  normalizeGrid,
  rotateGridCw,
  ROTATIONS_CW_DEG,
  type ClassifiedImage,
  type RotationCwDeg,
} from '../dataset/index.js';
import { classNamingOf, groupByFolder, sumOf } from './choose-samples.js';

/** An image that looks more like its class when turned: its part may be mounted another way. */
export interface OrientationSuspect {
  readonly image: ClassifiedImage;
  readonly folder: string;
  /** The clockwise turn after which it looks like the others. */
  readonly turnCwDeg: RotationCwDeg;
  /** Correlation with the class as photographed and after the turn, −1..1. */
  readonly likeness: number;
  readonly likenessTurned: number;
}

export interface SuspectOptions {
  /** By how much a turned image must be more alike to be named. */
  readonly minGain?: number;
  /** How alike it must be to its class after the turn. */
  readonly minLikenessTurned?: number;
  readonly signal?: AbortSignal;
}

const MIN_IMAGES = 4;
const ROUNDS = 3;

/**
 * Rotate and compare inside each class of good images: every thumbnail is held against the mean of the
 * others in four rotations. The mean is formed again without the suspects until it settles. Finds single
 * turned parts in an even class; of a class mixed half and half it names the smaller half; symmetric parts
 * gain nothing from a turn and are never named. Sorted by gain, largest first.
 */
export async function findMixedOrientationSuspects(
  images: readonly ClassifiedImage[],
  { minGain = 0.2, minLikenessTurned = 0.5, signal }: SuspectOptions = {},
): Promise<OrientationSuspect[]> {
  const suspects: OrientationSuspect[] = [];
  for (const [folder, members] of groupByFolder(images, classNamingOf(images))) {
    // A class of thousands takes a good part of a second; whatever else this process does gets its turn between.
    await new Promise<void>((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    if (members.length >= MIN_IMAGES) suspects.push(...suspectsOf(folder, members, minGain, minLikenessTurned));
  }
  return suspects.sort((a, b) => gainOf(b) - gainOf(a) || (a.image.relativePath < b.image.relativePath ? -1 : 1));
}

function suspectsOf(
  folder: string,
  members: readonly ClassifiedImage[],
  minGain: number,
  minLikenessTurned: number,
): OrientationSuspect[] {
  const views = members.map((image) => {
    const grid = decodeThumbnail(image.thumbnail);
    return ROTATIONS_CW_DEG.map((angle) => normalizeGrid(rotateGridCw(grid, angle)));
  });
  let trusted = nearestHalf(views.map((view) => view[0]!));
  let found: OrientationSuspect[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const total = sumOf(trusted.map((i) => views[i]![0]!));
    const inside = new Set(trusted);
    found = members.flatMap((image, i) => {
      const others = inside.has(i) ? total.map((value, k) => value - views[i]![0]![k]!) : total;
      const length = Math.sqrt(dot(others, others)) || 1;
      const likeness = views[i]!.map((view) => dot(view, others) / length);
      const best = likeness.indexOf(Math.max(...likeness));
      const suspect: OrientationSuspect = {
        image,
        folder,
        turnCwDeg: ROTATIONS_CW_DEG[best]!,
        likeness: likeness[0]!,
        likenessTurned: likeness[best]!,
      };
      const named = best !== 0 && gainOf(suspect) >= minGain && suspect.likenessTurned >= minLikenessTurned;
      return named ? [suspect] : [];
    });
    const named = new Set(found.map((suspect) => suspect.image));
    trusted = members.flatMap((image, i) => (named.has(image) ? [] : [i]));
    if (trusted.length === 0) return [];
  }
  return found;
}

/** The half of the class nearest to its most typical member: a start that a few turned images cannot blur. */
function nearestHalf(grids: readonly Float32Array[]): number[] {
  const centre = sumOf(grids);
  const typical = grids.reduce((best, grid, i) => (dot(grid, centre) > dot(grids[best]!, centre) ? i : best), 0);
  return grids
    .map((grid, i) => ({ i, likeness: dot(grid, grids[typical]!) }))
    .sort((a, b) => b.likeness - a.likeness || a.i - b.i)
    .slice(0, Math.ceil(grids.length / 2))
    .map(({ i }) => i);
}

function gainOf(suspect: OrientationSuspect): number {
  return suspect.likenessTurned - suspect.likeness;
}
