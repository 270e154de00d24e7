/** Element types of the safetensors format that are read, with their width. */
export const DTYPE_BYTES = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  U64: 8,
  I32: 4,
  U32: 4,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
} as const;

export type Dtype = keyof typeof DTYPE_BYTES;

export function isDtype(text: string): text is Dtype {
  return Object.hasOwn(DTYPE_BYTES, text);
}

/** True where float32 cannot hold every value of the type. */
export function needsDoublePrecision(dtype: Dtype): boolean {
  return dtype === 'F64' || dtype === 'I64' || dtype === 'U64' || dtype === 'I32' || dtype === 'U32';
}

/** Little-endian elements as numbers: Float64Array where {@link needsDoublePrecision}, else Float32Array. */
export function decodeElements(raw: Uint8Array, dtype: Dtype): Float32Array | Float64Array {
  const count = raw.byteLength / DTYPE_BYTES[dtype];
  if (dtype === 'F32') {
    const values = new Float32Array(count);
    new Uint8Array(values.buffer).set(raw);
    return values;
  }
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const values = needsDoublePrecision(dtype) ? new Float64Array(count) : new Float32Array(count);
  const read = READERS[dtype];
  for (let i = 0; i < count; i++) values[i] = read(view, i);
  return values;
}

const READERS: Readonly<Record<Exclude<Dtype, 'F32'>, (view: DataView, index: number) => number>> = {
  F64: (view, i) => view.getFloat64(8 * i, true),
  F16: (view, i) => float16ToNumber(view.getUint16(2 * i, true)),
  BF16: (view, i) => bfloat16ToNumber(view.getUint16(2 * i, true)),
  I64: (view, i) => Number(view.getBigInt64(8 * i, true)),
  U64: (view, i) => Number(view.getBigUint64(8 * i, true)),
  I32: (view, i) => view.getInt32(4 * i, true),
  U32: (view, i) => view.getUint32(4 * i, true),
  I16: (view, i) => view.getInt16(2 * i, true),
  U16: (view, i) => view.getUint16(2 * i, true),
  I8: (view, i) => view.getInt8(i),
  U8: (view, i) => view.getUint8(i),
  BOOL: (view, i) => (view.getUint8(i) === 0 ? 0 : 1),
};

/** IEEE 754 binary16 (1 sign, 5 exponent, 10 fraction bits) to a number. */
export function float16ToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const scratch = new DataView(new ArrayBuffer(4));

/** bfloat16: the upper half of a float32. */
export function bfloat16ToNumber(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}
