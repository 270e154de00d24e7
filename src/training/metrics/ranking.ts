import { IndexLists } from './index-lists.js';

const SIGN_BIT = 0x8000_0000;
const VALUE_BITS = 0x7fff_ffff;
const LOW_BITS = 11;
const HIGH_BITS = 10;
const LOW_MASK = (1 << LOW_BITS) - 1;
const HIGH_MASK = (1 << HIGH_BITS) - 1;

/**
 * Finds the ranks of the relevant candidates in one row of distances.
 *
 * A non-negative float32 sorts as its bits and leaves the sign bit free to say "relevant", so three
 * counting passes order 32-bit words; and only candidates between the nearest and the farthest
 * relevant one are ordered at all: nearer ones are counted, farther ones change nothing. Equal
 * distances keep the gallery's order.
 */
export class RelevantRanker {
  private readonly byLabel: IndexLists;
  private readonly byGroup: IndexLists | undefined;
  private readonly ranks: Int32Array;
  private words: Uint32Array;
  private scratch: Uint32Array;
  private readonly low = new Int32Array(1 << LOW_BITS);
  private readonly middle = new Int32Array(1 << HIGH_BITS);
  private readonly high = new Int32Array(1 << HIGH_BITS);
  private saved = new Float32Array(16);

  constructor(
    private readonly labels: Int32Array,
    groups: Int32Array | undefined,
  ) {
    this.byLabel = new IndexLists(labels);
    this.byGroup = groups && new IndexLists(groups);
    this.ranks = new Int32Array(labels.length);
    this.words = new Uint32Array(labels.length);
    this.scratch = new Uint32Array(labels.length);
  }

  /**
   * Ascending 1-based ranks of the candidates of `label`, among all that are left when `excludedIndex`
   * (−1: none) and the whole `excludedGroup` are taken out. The array is valid until the next call.
   * `distances` must be non-negative; it is used as scratch and restored.
   */
  relevantRanks(distances: Float32Array, label: number, excludedIndex: number, excludedGroup: number): Int32Array {
    const group = this.byGroup?.of(excludedGroup);
    const excluded = group ?? (excludedIndex >= 0 ? Int32Array.of(excludedIndex) : new Int32Array(0));
    if (this.saved.length < excluded.length) this.saved = new Float32Array(excluded.length * 2);
    for (let i = 0; i < excluded.length; i++) {
      this.saved[i] = distances[excluded[i]!]!;
      distances[excluded[i]!] = Number.POSITIVE_INFINITY;
    }
    const count = this.rankRelevant(distances, label);
    for (let i = 0; i < excluded.length; i++) distances[excluded[i]!] = this.saved[i]!;
    return this.ranks.subarray(0, count);
  }

  private rankRelevant(distances: Float32Array, label: number): number {
    const candidates = this.byLabel.of(label);
    let nearest = Number.POSITIVE_INFINITY;
    let farthest = -1;
    for (let i = 0; i < candidates.length; i++) {
      const distance = distances[candidates[i]!]!;
      if (distance === Number.POSITIVE_INFINITY) continue;
      if (distance < nearest) nearest = distance;
      if (distance > farthest) farthest = distance;
    }
    if (farthest < 0) return 0;

    const { labels, words } = this;
    const bits = new Uint32Array(distances.buffer, distances.byteOffset, distances.length);
    let kept = 0;
    let nearer = 0;
    for (let j = 0; j < distances.length; j++) {
      const distance = distances[j]!;
      if (distance > farthest) continue;
      if (distance < nearest) nearer++;
      else words[kept++] = (bits[j]! & VALUE_BITS) | (labels[j] === label ? SIGN_BIT : 0);
    }
    this.sort(kept);
    return this.collectRanks(kept, nearer);
  }

  private collectRanks(kept: number, nearer: number): number {
    const { words, ranks } = this;
    let found = 0;
    for (let i = 0; i < kept; i++) if (words[i]! >= SIGN_BIT) ranks[found++] = nearer + i + 1;
    return found;
  }

  /** Least-significant-digit radix sort of the first `count` words by their value bits. */
  private sort(count: number): void {
    const { low, middle, high, words, scratch } = this;
    low.fill(0);
    middle.fill(0);
    high.fill(0);
    for (let i = 0; i < count; i++) {
      const word = words[i]!;
      low[word & LOW_MASK]!++;
      middle[(word >>> LOW_BITS) & HIGH_MASK]!++;
      high[(word >>> (LOW_BITS + HIGH_BITS)) & HIGH_MASK]!++;
    }
    scatter(words, scratch, count, low, 0, LOW_MASK);
    scatter(scratch, words, count, middle, LOW_BITS, HIGH_MASK);
    scatter(words, scratch, count, high, LOW_BITS + HIGH_BITS, HIGH_MASK);
    this.words = scratch;
    this.scratch = words;
  }
}

function scatter(
  from: Uint32Array,
  to: Uint32Array,
  count: number,
  counts: Int32Array,
  shift: number,
  mask: number,
): void {
  let offset = 0;
  for (let digit = 0; digit < counts.length; digit++) {
    const size = counts[digit]!;
    counts[digit] = offset;
    offset += size;
  }
  for (let i = 0; i < count; i++) {
    const word = from[i]!;
    const digit = (word >>> shift) & mask;
    const target = counts[digit]!;
    counts[digit] = target + 1;
    to[target] = word;
  }
}
