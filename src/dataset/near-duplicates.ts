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
const SLICE = 64;

/**
 * Calls `found` with every pair whose difference hashes are at most `maxHashBits` apart in any of four rotations and whose
 * thumbnails then correlate. Candidates come from an index over `maxHashBits + 1` bands of the hash: two
 * hashes that differ in at most n bits agree in at least one of n + 1 bands (multi-index hashing, Norouzi
 * et al. 2012). Flat pictures correlate with nothing: only identical bytes pair them. Nothing is kept of the pairs,
 * of which a class of very even images has a number that grows with its square.
 */
export async function findNearDuplicates(
  images: readonly { readonly sha256: string; readonly thumbnail: string }[],
  { maxHashBits, minCorrelation = MIN_CORRELATION, signal }: NearDuplicateOptions,
  found: (pair: NearDuplicatePair) => void,
): Promise<void> {
  const firstOfDigest = new Map<string, number>();
  const index = new BandIndex(maxHashBits + 1);
  const imageOf: number[] = [];
  for (const [i, image] of images.entries()) {
    if (i % SLICE === SLICE - 1) await yieldToOthers(signal);
    const first = firstOfDigest.get(image.sha256);
    if (first !== undefined) {
      found({ a: first, b: i, correlation: 1 });
      continue;
    }
    firstOfDigest.set(image.sha256, i);
    const views = describe(image.thumbnail);
    for (const [picture, correlation] of index.correlated(views, maxHashBits)) {
      if (correlation >= minCorrelation) found({ a: imageOf[picture]!, b: i, correlation });
    }
    index.add(views[0]!);
    imageOf.push(i);
  }
}

/** A picture as seen in one of the four rotations. */
interface View {
  readonly hash: Uint32Array;
  /** The thumbnail with zero mean and unit length. */
  readonly grid: Float32Array;
}

function describe(thumbnail: string): View[] {
  const grid = decodeThumbnail(thumbnail);
  return ROTATIONS_CW_DEG.map((angle) => {
    const turned = rotateGridCw(grid, angle);
    return { hash: differenceHash(turned), grid: normalizeGrid(turned) };
  });
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Upright views, found again by the value of each band of their hash. */
class BandIndex {
  private readonly bands: Map<number, number[]>[];
  private readonly pictures: View[] = [];
  /** The search in which a picture was last compared, so that sharing two bands costs no second look. */
  private readonly comparedIn: number[] = [];
  private searches = 0;

  constructor(private readonly bandCount: number) {
    this.bands = Array.from({ length: bandCount }, () => new Map<number, number[]>());
  }

  add(view: View): void {
    const picture = this.pictures.push(view) - 1;
    this.comparedIn.push(0);
    this.bands.forEach((band, b) => {
      const value = this.bandOf(view.hash, b);
      const bucket = band.get(value);
      if (bucket === undefined) band.set(value, [picture]);
      else bucket.push(picture);
    });
  }

  /** For each picture within `maxHashBits` of any of the views: its best correlation with those views. */
  correlated(views: readonly View[], maxHashBits: number): Map<number, number> {
    const best = new Map<number, number>();
    for (const view of views) {
      const search = ++this.searches;
      for (let b = 0; b < this.bandCount; b++) {
        for (const picture of this.bands[b]!.get(this.bandOf(view.hash, b)) ?? []) {
          const other = this.pictures[picture]!;
          if (this.comparedIn[picture] === search || hammingDistance(other.hash, view.hash) > maxHashBits) continue;
          this.comparedIn[picture] = search;
          best.set(picture, Math.max(best.get(picture) ?? -1, dot(other.grid, view.grid)));
        }
      }
    }
    return best;
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
