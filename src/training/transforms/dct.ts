/** Side and area of a JPEG block. */
export const SIDE = 8;
export const AREA = SIDE * SIDE;

/**
 * What `forwardDct` multiplies each orthonormal coefficient by, and what `inverseDct` wants it multiplied by: the
 * fast transform leaves these factors to the quantisation's tables.
 */
export const DCT_SCALES = twoDimensional((k) => 2 * Math.SQRT2 * aanScale(k));
export const INVERSE_DCT_SCALES = twoDimensional((k) => aanScale(k) / (2 * Math.SQRT2));

function aanScale(k: number): number {
  return k === 0 ? 1 : Math.SQRT2 * Math.cos((k * Math.PI) / 16);
}

function twoDimensional(scale: (k: number) => number): Float64Array {
  return Float64Array.from({ length: AREA }, (_, i) => scale(i >> 3) * scale(i & 7));
}

const C2 = Math.SQRT2 * Math.cos(Math.PI / 8);
const C4 = Math.SQRT1_2;
const C6 = Math.SQRT2 * Math.sin(Math.PI / 8);

/** DCT-II of an 8x8 block in place, scaled (Arai, Agui & Nakajima 1988, as in libjpeg's jfdctflt.c). */
export function forwardDct(block: Float64Array): void {
  for (let row = 0; row < AREA; row += SIDE) forwardLine(block, row, 1);
  for (let column = 0; column < SIDE; column++) forwardLine(block, column, SIDE);
}

/** The inverse, of coefficients scaled by `INVERSE_DCT_SCALES` (libjpeg's jidctflt.c). */
export function inverseDct(block: Float64Array): void {
  for (let column = 0; column < SIDE; column++) inverseLine(block, column, SIDE);
  for (let row = 0; row < AREA; row += SIDE) inverseLine(block, row, 1);
}

function forwardLine(block: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const sum07 = block[at]! + block[i7]!;
  const diff07 = block[at]! - block[i7]!;
  const sum16 = block[i1]! + block[i6]!;
  const diff16 = block[i1]! - block[i6]!;
  const sum25 = block[i2]! + block[i5]!;
  const diff25 = block[i2]! - block[i5]!;
  const sum34 = block[i3]! + block[i4]!;
  const diff34 = block[i3]! - block[i4]!;

  const outer = sum07 - sum34;
  const turned = (sum16 - sum25 + outer) * C4;
  block[at] = sum07 + sum34 + sum16 + sum25;
  block[i4] = sum07 + sum34 - sum16 - sum25;
  block[i2] = outer + turned;
  block[i6] = outer - turned;

  const low = diff34 + diff25;
  const high = diff16 + diff07;
  const middle = (diff25 + diff16) * C4;
  const shared = (low - high) * (C6 * C4);
  const lowTurned = C6 * low + shared;
  const highTurned = C2 * high + shared;
  block[i5] = diff07 - middle + lowTurned;
  block[i3] = diff07 - middle - lowTurned;
  block[i1] = diff07 + middle + highTurned;
  block[i7] = diff07 + middle - highTurned;
}

function inverseLine(block: Float64Array, at: number, step: number): void {
  const [i1, i2, i3, i4] = [at + step, at + 2 * step, at + 3 * step, at + 4 * step];
  const [i5, i6, i7] = [at + 5 * step, at + 6 * step, at + 7 * step];
  const sum26 = block[i2]! + block[i6]!;
  const turned26 = (block[i2]! - block[i6]!) * Math.SQRT2 - sum26;
  const sum04 = block[at]! + block[i4]!;
  const diff04 = block[at]! - block[i4]!;
  const even0 = sum04 + sum26;
  const even3 = sum04 - sum26;
  const even1 = diff04 + turned26;
  const even2 = diff04 - turned26;

  const sum53 = block[i5]! + block[i3]!;
  const diff53 = block[i5]! - block[i3]!;
  const sum17 = block[i1]! + block[i7]!;
  const diff17 = block[i1]! - block[i7]!;
  const shared = (diff53 + diff17) * (Math.SQRT2 * C2);
  const odd0 = sum17 + sum53;
  const odd1 = shared - diff53 * (2 * C2) - odd0;
  const odd2 = (sum17 - sum53) * Math.SQRT2 - odd1;
  const odd3 = shared - diff17 * (2 * C6) - odd2;
  block[at] = even0 + odd0;
  block[i7] = even0 - odd0;
  block[i1] = even1 + odd1;
  block[i6] = even1 - odd1;
  block[i2] = even2 + odd2;
  block[i5] = even2 - odd2;
  block[i3] = even3 + odd3;
  block[i4] = even3 - odd3;
}
