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

  /** Fills an array with the numbers that `uniform` would give one by one, several times as fast. */
  fillUniform(target: Float32Array, low: number, high: number): Float32Array {
    let [a, b, c, d] = this.words();
    const factor = (high - low) / 4_294_967_296;
    for (let i = 0; i < target.length; i++) {
      const t = (a + b + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
      target[i] = low + factor * (t >>> 0);
    }
    this.state.set([a, b, c, d]);
    return target;
  }

  /** Fills an array with normal numbers of mean 0, by Ziggurat (Marsaglia & Tsang 2000, as in Doornik 2005). */
  fillNormal(target: Float32Array, standardDeviation: number): Float32Array {
    let [a, b, c, d] = this.words();
    const { edges, ratios } = ziggurat();
    for (let i = 0; i < target.length; i++) {
      const t = (a + b + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + t) | 0;
      // Seven bits choose a layer, the other twenty-five a place in it.
      const layer = t & 127;
      const place = (t >>> 7) / 16_777_216 - 1;
      if (Math.abs(place) < ratios[layer]!) target[i] = standardDeviation * place * edges[layer]!;
      else {
        // About one in forty: the curve's edge, or its tail.
        this.state.set([a, b, c, d]);
        target[i] = standardDeviation * this.normalAtEdge(layer, place);
        [a, b, c, d] = this.words();
      }
    }
    this.state.set([a, b, c, d]);
    return target;
  }

  /** The state in numbers of their own, which a long loop keeps in registers. */
  private words(): [number, number, number, number] {
    const s = this.state;
    return [s[0]!, s[1]!, s[2]!, s[3]!];
  }

  private normalAtEdge(layer: number, place: number): number {
    const { edges } = ziggurat();
    if (layer === 0) return place < 0 ? -this.normalTail() : this.normalTail();
    const x = place * edges[layer]!;
    const outer = Math.exp(-0.5 * (edges[layer]! ** 2 - x * x));
    const inner = Math.exp(-0.5 * (edges[layer + 1]! ** 2 - x * x));
    return inner + this.next() * (outer - inner) < 1 ? x : this.normal();
  }

  /** A normal number beyond the last layer (Marsaglia 1964). */
  private normalTail(): number {
    for (;;) {
      const x = -Math.log(1 - this.next()) / ZIGGURAT_TAIL;
      if (-2 * Math.log(1 - this.next()) > x * x) return ZIGGURAT_TAIL + x;
    }
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

const ZIGGURAT_LAYERS = 128;
const ZIGGURAT_TAIL = 3.442619855899;
const ZIGGURAT_AREA = 9.91256303526217e-3;

let layers: { readonly edges: Float64Array; readonly ratios: Float64Array } | undefined;

/** Right edges of layers of equal area under the normal curve, and how much of each lies wholly below it. */
function ziggurat(): { readonly edges: Float64Array; readonly ratios: Float64Array } {
  if (layers !== undefined) return layers;
  const edges = new Float64Array(ZIGGURAT_LAYERS + 1);
  let height = Math.exp(-0.5 * ZIGGURAT_TAIL ** 2);
  edges[0] = ZIGGURAT_AREA / height;
  edges[1] = ZIGGURAT_TAIL;
  for (let i = 2; i < ZIGGURAT_LAYERS; i++) {
    edges[i] = Math.sqrt(-2 * Math.log(ZIGGURAT_AREA / edges[i - 1]! + height));
    height = Math.exp(-0.5 * edges[i]! ** 2);
  }
  const ratios = Float64Array.from({ length: ZIGGURAT_LAYERS }, (_, i) => edges[i + 1]! / edges[i]!);
  return (layers = { edges, ratios });
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
