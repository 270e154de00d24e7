import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../common/index.js';
import { bfloat16ToNumber, float16ToNumber } from './dtypes.js';
import { decodeSafetensors, encodeSafetensors, readSafetensors, writeSafetensors } from './safetensors.js';

const tensorsOf = (entries: Record<string, { shape: number[]; data: Float32Array }>) =>
  new Map(Object.entries(entries));

function rawFile(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).kind).toBe('badInput');
    return (error as AppError).message;
  }
  throw new Error('expected an error');
}

describe('safetensors', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives back every bit of what was written, NaN, infinities and signed zero included', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__metadata__' && name !== '__proto__'),
          fc.uint32Array({ maxLength: 20 }),
        ),
        (bitsByName) => {
          const tensors = new Map(
            Object.entries(bitsByName).map(([name, bits]) => [
              name,
              { shape: [bits.length], data: new Float32Array(Uint32Array.from(bits).buffer) },
            ]),
          );
          const back = decodeSafetensors(encodeSafetensors(tensors, { note: 'x' }), 'memory');
          expect([...back.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
          for (const [name, { data, shape }] of tensors) {
            const read = back.tensors.get(name)!;
            expect(read.shape).toEqual(shape);
            expect(Buffer.from(read.data.buffer).equals(Buffer.from(data.buffer))).toBe(true);
          }
          expect(back.metadata).toEqual({ note: 'x' });
        },
      ),
    );
  });

  it('writes whole files only, and the same bytes for the same contents', async () => {
    const one = tensorsOf({
      b: { shape: [2, 1], data: Float32Array.of(1, 2) },
      a: { shape: [], data: Float32Array.of(3) },
    });
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, one, { format: 'pt' });
    expect(await readdir(folder)).toEqual(['model.safetensors']);
    const read = await readSafetensors(path);
    expect([...read.tensors.keys()]).toEqual(['a', 'b']);
    expect(read.tensors.get('a')).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(3) });
    const reversed = new Map([...one].reverse());
    expect(encodeSafetensors(one)).toEqual(encodeSafetensors(reversed));
  });

  it('starts its data at a multiple of eight bytes', () => {
    const bytes = encodeSafetensors(tensorsOf({ name: { shape: [1], data: Float32Array.of(1) } }));
    expect(Number(Buffer.from(bytes).readBigUInt64LE(0)) % 8).toBe(0);
  });

  it('refuses to write values that do not fill their shape', () => {
    expect(() => encodeSafetensors(tensorsOf({ w: { shape: [2, 2], data: new Float32Array(3) } }))).toThrow(
      'w: shape [2, 2] wants 4 values, got 3',
    );
  });

  it('reads doubles, halves, bfloat16 and integers', () => {
    const data = Buffer.alloc(8 + 2 + 2 + 8 + 1);
    data.writeDoubleLE(0.1, 0);
    data.writeUInt16LE(0xc500, 8);
    data.writeUInt16LE(0x3fc0, 10);
    data.writeBigInt64LE(-9_007_199_254_740_991n, 12);
    data.writeUInt8(200, 20);
    const { tensors } = decodeSafetensors(
      rawFile(
        {
          f64: { dtype: 'F64', shape: [1], data_offsets: [0, 8] },
          f16: { dtype: 'F16', shape: [1], data_offsets: [8, 10] },
          bf16: { dtype: 'BF16', shape: [1], data_offsets: [10, 12] },
          i64: { dtype: 'I64', shape: [], data_offsets: [12, 20] },
          u8: { dtype: 'U8', shape: [1], data_offsets: [20, 21] },
        },
        data,
      ),
      'memory',
    );
    expect(tensors.get('f64')!.data64![0]).toBe(0.1);
    expect(tensors.get('f64')!.data[0]).toBe(Math.fround(0.1));
    expect(tensors.get('f16')!.data[0]).toBe(-5);
    expect(tensors.get('bf16')!.data[0]).toBe(1.5);
    expect(tensors.get('i64')!.data64![0]).toBe(-9_007_199_254_740_991);
    expect(tensors.get('u8')!.data[0]).toBe(200);
  });

  it('decodes special half-precision values', () => {
    expect(float16ToNumber(0x0001)).toBe(2 ** -24);
    expect(float16ToNumber(0x7bff)).toBe(65_504);
    expect(float16ToNumber(0xfc00)).toBe(-Infinity);
    expect(float16ToNumber(0x7e00)).toBeNaN();
    expect(float16ToNumber(0x8000)).toBe(-0);
    expect(bfloat16ToNumber(0xff80)).toBe(-Infinity);
  });

  const f32 = (begin: number, end: number, shape = [1]) => ({ dtype: 'F32', shape, data_offsets: [begin, end] });
  it.each([
    ['a short file', new Uint8Array(3), 'at least 8 bytes'],
    ['a header longer than the file', rawFile({}).subarray(0, 9), 'truncated'],
    ['a pickle', Buffer.from('PK\u0003\u0004 some zip archive of PyTorch'), '.pth'],
    ['a header that is no JSON', rawFile('{nope'), 'not JSON'],
    ['a header that is a list', rawFile([]), 'not a JSON object'],
    ['an unknown dtype', rawFile({ w: { dtype: 'F8', shape: [], data_offsets: [0, 1] } }), '"F8" is not one of F64'],
    ['a negative size', rawFile({ w: f32(0, 4, [-1]) }, new Uint8Array(4)), 'no list of sizes'],
    ['offsets backwards', rawFile({ w: f32(4, 0) }, new Uint8Array(4)), 'no [begin, end]'],
    ['offsets that do not fit the shape', rawFile({ w: f32(0, 4, [2]) }, new Uint8Array(4)), 'wants 8 bytes'],
    ['an overlap', rawFile({ a: f32(0, 4), b: f32(0, 4) }, new Uint8Array(4)), 'expected 4 (a gap or an overlap)'],
    ['a gap', rawFile({ a: f32(4, 8) }, new Uint8Array(8)), 'begins at byte 4, expected 0'],
    ['missing data', rawFile({ a: f32(0, 4) }, new Uint8Array(2)), 'expected 4 bytes of data, got 2'],
    ['trailing data', rawFile({ a: f32(0, 4) }, new Uint8Array(5)), 'truncated or overlong'],
    ['metadata that is no text', rawFile({ __metadata__: { a: 1 } }), '__metadata__.a is not a text'],
  ])('refuses %s and says why', (_what, bytes, reason) => {
    expect(messageOf(() => decodeSafetensors(bytes, 'x.safetensors'))).toContain(reason);
  });

  it('names the path of a file that is missing or malformed', async () => {
    const missing = join(folder, 'missing.safetensors');
    await expect(readSafetensors(missing)).rejects.toThrow(missing);
    const broken = join(folder, 'broken.safetensors');
    await writeFile(broken, 'nonsense that is no safetensors');
    await expect(readSafetensors(broken)).rejects.toMatchObject({ code: 'WEIGHTS_FILE_MALFORMED' });
  });
});
