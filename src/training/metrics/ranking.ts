import { IndexLists } from './index-lists.js';

const SIGN_BIT = 0x8000_0000;
const VALUE_BITS = 0x7fff_ffff;
/** Digits of at most so many bits: their counters fit a core's first cache. */
const DIGIT_BITS = 12;
/** Enough for 31 bits. */
const MOST_DIGITS = 3;

/**
 * Finds the ranks of the relevant candidates in one row of distances.
 *
 * A non-negative float32 sorts as its bits and leaves the sign bit free to say "relevant", so counting passes order
 * 32-bit words; and only candidates between the nearest and the farthest relevant one are ordered at all: nearer
 * ones are counted, farther ones change nothing. What these two bits have in common is taken off, which leaves
 * two passes for most rows. Equal distances keep the gallery's order.
 */
export class RelevantRanker {
  private readonly byLabel: IndexLists;
  private readonly byGroup: IndexLists | undefined;
  private readonly ranks: Int32Array;
  private words: Uint32Array;
  private scratch: Uint32Array;
  private readonly counts = Array.from({ length: MOST_DIGITS }, () => new Int32Array(1 << DIGIT_BITS));
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

    const nearestBits = bitsOf(nearest);
    const keyBits = 32 - Math.clz32(bitsOf(farthest) - nearestBits);
    const digits = Math.max(1, Math.ceil(keyBits / DIGIT_BITS));
    const shift = Math.ceil(keyBits / digits);
    const mask = (1 << shift) - 1;
    const { labels, words } = this;
    const [first, second, third] = this.counts as [Int32Array, Int32Array, Int32Array];
    for (const counts of this.counts) counts.fill(0, 0, mask + 1);
    const bits = new Uint32Array(distances.buffer, distances.byteOffset, distances.length);
    let kept = 0;
    let nearer = 0;
    for (let j = 0; j < distances.length; j++) {
      const distance = distances[j]!;
      if (distance > farthest) continue;
      if (distance < nearest) nearer++;
      else {
        const key = (bits[j]! & VALUE_BITS) - nearestBits;
        first[key & mask]!++;
        second[(key >>> shift) & mask]!++;
        if (digits === MOST_DIGITS) third[key >>> (2 * shift)]!++;
        words[kept++] = key | (labels[j] === label ? SIGN_BIT : 0);
      }
    }
    for (let digit = 0; digit < digits; digit++) this.sortBy(digit, kept, shift, keyBits);
    return this.collectRanks(kept, nearer);
  }

  private collectRanks(kept: number, nearer: number): number {
    const { words, ranks } = this;
    let found = 0;
    for (let i = 0; i < kept; i++) if (words[i]! >= SIGN_BIT) ranks[found++] = nearer + i + 1;
    return found;
  }

  /** One pass of a radix sort from the least significant digit, over the first `count` words. */
  private sortBy(digit: number, count: number, digitBits: number, keyBits: number): void {
    const { words, scratch } = this;
    const shift = digit * digitBits;
    const mask = (1 << Math.min(digitBits, keyBits - shift)) - 1;
    scatter(words, scratch, count, this.counts[digit]!, shift, mask);
    this.words = scratch;
    this.scratch = words;
  }
}

const oneFloat = new Float32Array(1);
const oneWord = new Uint32Array(oneFloat.buffer);

/** The bits of a float32. −0 counts as 0. */
function bitsOf(value: number): number {
  oneFloat[0] = value + 0;
  return oneWord[0]!;
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
  for (let digit = 0; digit <= mask; digit++) {
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
