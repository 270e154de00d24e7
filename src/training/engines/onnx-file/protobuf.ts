/**
 * Protocol Buffers wire format, writing only (https://protobuf.dev/programming-guides/encoding/). Pieces are
 * collected and joined once, so that a model's weights are copied once.
 */
export class ProtobufWriter {
  private readonly pieces: Uint8Array[] = [];
  private length = 0;

  /** A varint field: int32, int64, bool or enum. Zero is written too. */
  integer(field: number, value: number | bigint): this {
    return this.push(varint((field << 3) | 0)).push(varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(varint((field << 3) | 5)).push(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(varint((field << 3) | 2))
      .push(varint(value.length))
      .push(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  packedIntegers(field: number, values: readonly number[]): this {
    const packed = new ProtobufWriter();
    for (const value of values) packed.push(varint(value));
    return this.message(field, packed);
  }

  packedFloats(field: number, values: readonly number[]): this {
    return this.bytes(field, littleEndianBytes(Float32Array.from(values)));
  }

  message(field: number, child: ProtobufWriter): this {
    this.push(varint((field << 3) | 2)).push(varint(child.length));
    for (const piece of child.pieces) this.push(piece);
    return this;
  }

  finish(): Uint8Array {
    const joined = new Uint8Array(this.length);
    let offset = 0;
    for (const piece of this.pieces) {
      joined.set(piece, offset);
      offset += piece.length;
    }
    return joined;
  }

  private push(piece: Uint8Array): this {
    this.pieces.push(piece);
    this.length += piece.length;
    return this;
  }
}

const encoder = new TextEncoder();

/** The 128 varints of one byte: nearly all of them, in a graph. */
const SHORT_VARINTS = Array.from({ length: 128 }, (_, value) => Uint8Array.of(value));

function varint(value: number | bigint): Uint8Array {
  const short = typeof value === 'number' ? SHORT_VARINTS[value] : undefined;
  if (short) return short;
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

/** The bytes of a typed array; every platform that Node runs on with onnxruntime is little-endian. */
export function littleEndianBytes(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
