import type { NearDuplicatePair } from './near-duplicates.js';
import { UnionFind } from './union-find.js';

/** Pairs an image that may wait before the forest is drawn again; sorting them is then spread over many pairs. */
const HELD_PER_IMAGE = 4;

/**
 * Near-duplicate pairs in memory that grows with the images, not with the pairs: in a class of very even images
 * nearly all pairs are alike. Kept are the pairs of a maximum spanning forest by correlation (Kruskal 1956), which
 * join at every threshold exactly what all pairs join there; the others are only counted. The forest does not depend
 * on the order in which pairs come.
 */
export class LookAlikes {
  private pairs: NearDuplicatePair[] = [];
  private readonly counts: Uint32Array;
  private readonly levels: number;

  /** @param steps the correlations, ascending, that `reaching` can ask for. */
  constructor(
    private readonly imageCount: number,
    private readonly steps: readonly number[],
  ) {
    this.levels = steps.length + 1;
    this.counts = new Uint32Array(imageCount * this.levels);
  }

  add(pair: NearDuplicatePair): void {
    this.counts[pair.a * this.levels + this.levelOf(pair)]!++;
    this.pairs.push(pair);
    if (this.pairs.length > HELD_PER_IMAGE * this.imageCount) this.pairs = this.spanningForest();
  }

  /** Pairs of a maximum spanning forest: fewer than images. */
  get forest(): readonly NearDuplicatePair[] {
    this.pairs = this.spanningForest();
    return this.pairs;
  }

  /** How many pairs lie in memory now. */
  get held(): number {
    return this.pairs.length;
  }

  /**
   * The forest's pairs that correlate as much as is asked of their image `a`, and how many of all pairs do:
   * `asked[a]` of the steps have to be reached, 0 takes any pair.
   */
  reaching(asked: Uint8Array): { readonly pairs: readonly NearDuplicatePair[]; readonly count: number } {
    return { pairs: this.forest.filter((pair) => this.levelOf(pair) >= asked[pair.a]!), count: this.count(asked) };
  }

  private count(asked: Uint8Array): number {
    let count = 0;
    for (let image = 0; image < this.imageCount; image++) {
      for (let level = asked[image]!; level < this.levels; level++) count += this.counts[image * this.levels + level]!;
    }
    return count;
  }

  /** How many steps the pair reaches. */
  private levelOf({ correlation }: NearDuplicatePair): number {
    let level = 0;
    while (level < this.steps.length && correlation >= this.steps[level]!) level++;
    return level;
  }

  private spanningForest(): NearDuplicatePair[] {
    const sets = new UnionFind(this.imageCount);
    return this.pairs
      .sort((p, q) => q.correlation - p.correlation || p.a - q.a || p.b - q.b)
      .filter(({ a, b }) => sets.union(a, b));
  }
}
