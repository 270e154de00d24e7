import { coverage, type GreyGrid } from './thumbnail.js';

const COLUMNS = 9;
const ROWS = 8;
/** Neighbours that differ by less count as equal, so that noise on a flat area sets no bits. */
const DEAD_ZONE_GREY_LEVELS = 2;

/**
 * Difference hash (N. Krawetz, "Kind of Like That", 2013): 64 bits, one for each pair of horizontal
 * neighbours on a 9 × 8 grid, set where it gets darker; with a dead zone. Returned as two 32-bit words.
 */
export function differenceHash(grid: GreyGrid): Uint32Array {
  const cells = resample(grid, COLUMNS, ROWS);
  const words = new Uint32Array(2);
  for (let y = 0, bit = 0; y < ROWS; y++) {
    for (let x = 0; x + 1 < COLUMNS; x++, bit++) {
      const darker = cells[y * COLUMNS + x]! - cells[y * COLUMNS + x + 1]! > DEAD_ZONE_GREY_LEVELS;
      if (darker) words[bit >> 5]! |= 1 << (bit & 31);
    }
  }
  return words;
}

/** Number of bits in which two hashes differ, 0..64. */
export function hammingDistance(a: Uint32Array, b: Uint32Array): number {
  return popCount(a[0]! ^ b[0]!) + popCount(a[1]! ^ b[1]!);
}

export function hashToHex(hash: Uint32Array): string {
  return [hash[1]!, hash[0]!].map((word) => word.toString(16).padStart(8, '0')).join('');
}

function popCount(word: number): number {
  let v = word - ((word >>> 1) & 0x5555_5555);
  v = (v & 0x3333_3333) + ((v >>> 2) & 0x3333_3333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

function resample(grid: GreyGrid, columns: number, rows: number): Float32Array {
  const across = coverage(grid.side, columns);
  const down = coverage(grid.side, rows);
  const out = new Float32Array(columns * rows);
  down.forEach((ys, row) => {
    across.forEach((xs, column) => {
      let sum = 0;
      for (const [y, wy] of ys) for (const [x, wx] of xs) sum += wy * wx * grid.values[y * grid.side + x]!;
      out[row * columns + column] = sum;
    });
  });
  return out;
}
