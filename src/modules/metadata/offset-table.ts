const FIRST_CAPACITY = 1 << 12;

/** Where one record lies in a file, in bytes. */
export interface RecordPlace {
  readonly start: number;
  readonly length: number;
}

/**
 * Finds records of a big file by a text key with 20 bytes a slot and no text in memory: an open-addressing
 * table of 52-bit hashes. Hashes may collide, so whoever reads a record compares its key.
 */
export class OffsetTable {
  private hashes = new Float64Array(FIRST_CAPACITY);
  private starts = new Float64Array(FIRST_CAPACITY);
  private lengths = new Uint32Array(FIRST_CAPACITY);
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Adds a record; one key may have several. */
  add(key: string, { start, length }: RecordPlace): void {
    if ((this.count + 1) * 2 > this.hashes.length) this.grow();
    this.insert(hashOf(key), start, length);
    this.count++;
  }

  /** Records whose key has this hash, in the order in which they were added. */
  find(key: string): RecordPlace[] {
    const hash = hashOf(key);
    const mask = this.hashes.length - 1;
    const places: RecordPlace[] = [];
    for (let slot = hash & mask; this.hashes[slot] !== 0; slot = (slot + 1) & mask)
      if (this.hashes[slot] === hash) places.push({ start: this.starts[slot]!, length: this.lengths[slot]! });
    return places.sort((a, b) => a.start - b.start);
  }

  private insert(hash: number, start: number, length: number): void {
    const mask = this.hashes.length - 1;
    let slot = hash & mask;
    while (this.hashes[slot] !== 0) slot = (slot + 1) & mask;
    this.hashes[slot] = hash;
    this.starts[slot] = start;
    this.lengths[slot] = length;
  }

  private grow(): void {
    const { hashes, starts, lengths } = this;
    const capacity = hashes.length * 2;
    this.hashes = new Float64Array(capacity);
    this.starts = new Float64Array(capacity);
    this.lengths = new Uint32Array(capacity);
    for (let slot = 0; slot < hashes.length; slot++)
      if (hashes[slot] !== 0) this.insert(hashes[slot]!, starts[slot]!, lengths[slot]!);
  }
}

/** cyrb53 (bryc, public domain): two multiplicative hashes joined to 53 bits; never 0, which marks a free slot. */
function hashOf(text: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2_654_435_761);
    h2 = Math.imul(h2 ^ code, 1_597_334_677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2_246_822_507) ^ Math.imul(h2 ^ (h2 >>> 13), 3_266_489_909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2_246_822_507) ^ Math.imul(h1 ^ (h1 >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & h2) + (h1 >>> 0) || 1;
}
