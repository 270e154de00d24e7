import { differenceHash, hammingDistance } from './perceptual-hash.js';
import { ROTATIONS_CW_DEG } from './orientation-name.js';
import { decodeThumbnail, normalizeGrid, rotateGridCw } from './thumbnail.js';

/** Two pictures count as near-duplicates from this correlation of their thumbnails on (docs/split.md). */
export const MIN_CORRELATION = 0.98;

/** Images `a < b` (indices) show the same picture, possibly turned by quarter turns. */
export interface NearDuplicatePair {
  readonly a: number;
  readonly b: number;
  /** Of the 24 × 24 thumbnails in the best of four rotations; 1 for identical files. */
  readonly correlation: number;
}

export interface NearDuplicateOptions {
  /** Largest difference of two hashes (bits of 64) that is worth a closer look. */
  readonly maxHashBits: number;
  readonly minCorrelation?: number;
  readonly signal?: AbortSignal | undefined;
}

/** How many images are compared before the event loop and the abort signal get a turn. */
const SLICE = 256;

/**
 * Finds all pairs whose difference hashes are at most `maxHashBits` apart in any of four rotations and whose
 * thumbnails then correlate. Candidates come from an index over `maxHashBits + 1` bands of the hash: two
 * hashes that differ in at most n bits agree in at least one of n + 1 bands (multi-index hashing, Norouzi
 * et al. 2012). Flat pictures correlate with nothing: only identical bytes pair them.
 * Deterministic; pairs are sorted.
 */
export async function findNearDuplicates(
  images: readonly { readonly sha256: string; readonly thumbnail: string }[],
  { maxHashBits, minCorrelation = MIN_CORRELATION, signal }: NearDuplicateOptions,
): Promise<NearDuplicatePair[]> {
  const pairs: NearDuplicatePair[] = [];
  const firstOfDigest = new Map<string, number>();
  const pictures: Picture[] = [];
  const index = new BandIndex(maxHashBits + 1);
  for (const [i, image] of images.entries()) {
    if (i % SLICE === SLICE - 1) await yieldToOthers(signal);
    const first = firstOfDigest.get(image.sha256);
    if (first !== undefined) {
      pairs.push({ a: first, b: i, correlation: 1 });
      continue;
    }
    firstOfDigest.set(image.sha256, i);
    const views = describe(image.thumbnail);
    for (const candidate of index.candidates(views)) {
      const other = pictures[candidate]!;
      const correlation = bestCorrelation(other, views, maxHashBits);
      if (correlation >= minCorrelation) pairs.push({ a: other.image, b: i, correlation });
    }
    const upright = views[0]!;
    index.add(upright.hash, pictures.push({ ...upright, image: i }) - 1);
  }
  return pairs.sort((p, q) => p.a - q.a || p.b - q.b);
}

/** A picture as seen in one of the four rotations. */
interface View {
  readonly hash: Uint32Array;
  /** The thumbnail with zero mean and unit length. */
  readonly grid: Float32Array;
}

interface Picture extends View {
  readonly image: number;
}

function describe(thumbnail: string): View[] {
  const grid = decodeThumbnail(thumbnail);
  return ROTATIONS_CW_DEG.map((angle) => {
    const turned = rotateGridCw(grid, angle);
    return { hash: differenceHash(turned), grid: normalizeGrid(turned) };
  });
}

function bestCorrelation(other: Picture, views: readonly View[], maxHashBits: number): number {
  let best = -1;
  for (const view of views) {
    if (hammingDistance(other.hash, view.hash) <= maxHashBits) best = Math.max(best, dot(other.grid, view.grid));
  }
  return best;
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Hashes by the value of each band of their bits. */
class BandIndex {
  private readonly bands: Map<number, number[]>[];

  constructor(private readonly bandCount: number) {
    this.bands = Array.from({ length: bandCount }, () => new Map<number, number[]>());
  }

  add(hash: Uint32Array, item: number): void {
    this.bands.forEach((band, b) => {
      const value = this.bandOf(hash, b);
      const bucket = band.get(value);
      if (bucket === undefined) band.set(value, [item]);
      else bucket.push(item);
    });
  }

  candidates(views: readonly View[]): Set<number> {
    const found = new Set<number>();
    for (const { hash } of views) {
      this.bands.forEach((band, b) => band.get(this.bandOf(hash, b))?.forEach((item) => found.add(item)));
    }
    return found;
  }

  /** Bits [64·b/n, 64·(b+1)/n) as a number; rounding beyond 53 bits only adds candidates, it loses none. */
  private bandOf(hash: Uint32Array, b: number): number {
    const start = Math.floor((64 * b) / this.bandCount);
    const end = Math.floor((64 * (b + 1)) / this.bandCount);
    let value = 0;
    for (let bit = start; bit < end; bit++) value = value * 2 + ((hash[bit >> 5]! >>> (bit & 31)) & 1);
    return value;
  }
}

async function yieldToOthers(signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
