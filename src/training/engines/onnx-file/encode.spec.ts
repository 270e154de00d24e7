import { describe, expect, it } from '@jest/globals';
import { ProtobufWriter } from './protobuf.js';

describe('the Protocol Buffers writer', () => {
  it('writes the examples of the format’s own description', () => {
    expect([...new ProtobufWriter().integer(1, 150).finish()]).toEqual([0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().text(2, 'testing').finish()]).toEqual([
      0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67,
    ]);
    const child = new ProtobufWriter().integer(1, 150);
    expect([...new ProtobufWriter().message(3, child).finish()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new ProtobufWriter().packedIntegers(6, [3, 270, 86942]).finish()]).toEqual([
      0x32, 0x06, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05,
    ]);
  });

  it('writes negative integers as ten bytes of two’s complement, and floats little-endian', () => {
    expect([...new ProtobufWriter().integer(1, -1).finish()]).toEqual([0x08, ...Array<number>(9).fill(0xff), 0x01]);
    expect([...new ProtobufWriter().float(2, 1).finish()]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
  });
});
