/**
 * Seeded generator sfc32 (Chris Doty-Humphrey, PractRand): small, fast, and its whole state is four
 * integers, so a checkpoint can store it and a resumed run continues with the same numbers.
 */
export class Random {
  private state: Uint32Array;

  constructor(seed: number | string) {
    const hash = hashSeed(String(seed));
    this.state = Uint32Array.from([hash(), hash(), hash(), 1]);
    for (let i = 0; i < 15; i++) this.nextUint32();
  }

  static fromState(state: readonly number[]): Random {
    const random = new Random(0);
    random.state = Uint32Array.from(state);
    return random;
  }

  /** The four state words; `Random.fromState` continues from them. */
  saveState(): number[] {
    return Array.from(this.state);
  }

  nextUint32(): number {
    const s = this.state;
    const [a, b, c, d] = [s[0]!, s[1]!, s[2]!, s[3]!];
    const t = (a + b + d) | 0;
    s[3] = (d + 1) | 0;
    s[0] = b ^ (b >>> 9);
    s[1] = (c + (c << 3)) | 0;
    s[2] = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    return this.nextUint32() / 4_294_967_296;
  }

  /** Uniform in [low, high). */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** Uniform integer in [0, exclusiveMax). */
  integer(exclusiveMax: number): number {
    return Math.floor(this.next() * exclusiveMax);
  }

  /** Standard normal by Box–Muller. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError('Random.pick: expected at least one item');
    return items[this.integer(items.length)]!;
  }

  /** Fisher–Yates shuffle of a copy. */
  shuffled<T>(items: readonly T[]): T[] {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [copy[i], copy[j]] = [copy[j]!, copy[i]!];
    }
    return copy;
  }
}

/** xmur3 string hash: spreads any seed over 32-bit words. */
function hashSeed(text: string): () => number {
  let h = 1_779_033_703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 3_432_918_353);
    h = (h << 13) | (h >>> 19);
  }
  return () => {
    h = Math.imul(h ^ (h >>> 16), 2_246_822_507);
    h = Math.imul(h ^ (h >>> 13), 3_266_489_909);
    return (h ^= h >>> 16) >>> 0;
  };
}
