/** The generators behind the full-size vectors: manifest.json, "generator". */

// Bound once: in a test's own realm every look-up of a global is slow, and there are hundreds of millions here.
const { fround: f32, imul } = Math;

/** FNV-1a, 32 bits, of a text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** `count` reproducible values in [-1, 1) of a name: murmur3's finaliser over a Weyl sequence. */
export function hashRandom(name: string, count: number): Float32Array {
  const seed = fnv1a(name);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let x = (seed + imul(i, 0x9e3779b9)) >>> 0;
    x = imul(x ^ (x >>> 16), 0x85ebca6b);
    x = imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) >>> 0;
    values[i] = (2 * (x >>> 8)) / 2 ** 24 - 1;
  }
  return values;
}

/** A parameter's value by name and shape (`weight_rule`). */
export function ruledWeights(name: string, shape: readonly number[]): Float32Array {
  const count = shape.reduce((product, size) => product * size, 1);
  return hashRandom(name, count).map(scaling(name, shape));
}

function scaling(name: string, shape: readonly number[]): (r: number) => number {
  if (name.startsWith('criterion.')) return (r) => f32(f32(Math.sqrt(3)) * r);
  if (name.endsWith('.bias') || name.endsWith('in_proj_bias')) return (r) => f32(f32(0.2) * r);
  if (shape.length === 1) return (r) => f32(1 + f32(0.25 * r));
  const fanIn = shape.slice(1).reduce((product, size) => product * size, 1);
  const scale = f32(Math.sqrt(3 / fanIn));
  return (r) => f32(scale * r);
}

/** Input images (`make_input`): coarse blocks of `cellPx` plus fine noise, [batch, 3, size, size]. */
export function ruledImages(name: string, batch: number, sizePx: number, cellPx: number): Float32Array {
  const grid = Math.ceil(sizePx / cellPx);
  const coarse = hashRandom(`${name}.coarse`, batch * 3 * grid * grid);
  const fine = hashRandom(`${name}.fine`, batch * 3 * sizePx * sizePx);
  return fine.map((value, i) => {
    const x = i % sizePx;
    const y = Math.floor(i / sizePx) % sizePx;
    const plane = Math.floor(i / (sizePx * sizePx));
    const block = coarse[plane * grid * grid + Math.floor(y / cellPx) * grid + Math.floor(x / cellPx)]!;
    return f32(f32(1.5 * block) + f32(0.25 * value));
  });
}
