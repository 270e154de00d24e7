import { open, readFile } from 'node:fs/promises';
import { badInput, errorMessage, replaceFileAtomic, type AppError } from '../../common/index.js';
import { decodeElements, DTYPE_BYTES, isDtype, needsDoublePrecision, type Dtype } from './dtypes.js';

/** A tensor as read: row-major, converted to float32. */
export interface StoredTensor {
  /** Element type in the file. */
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** The same values in double precision; only for F64, I64, U64, I32 and U32, which float32 would round. */
  readonly data64?: Float64Array;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, StoredTensor>;
  /** The header's free `__metadata__` texts. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What can be written: PyTorch's names, row-major float32. */
export type WritableTensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;

const LENGTH_BYTES = 8;
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors, "Format"): every dtype becomes
 * float32. Throws a `badInput` error that says what is wrong with the file.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw badInput('WEIGHTS_FILE_UNREADABLE', `${path}: expected a safetensors file, got: ${errorMessage(error)}`, {
      path,
    });
  }
  return decodeSafetensors(bytes, path);
}

/** The `__metadata__` texts alone, without reading the tensors. */
export async function readSafetensorsMetadata(path: string): Promise<Readonly<Record<string, string>>> {
  const file = await open(path);
  try {
    const length = new DataView(new ArrayBuffer(LENGTH_BYTES));
    await file.read(length, 0, LENGTH_BYTES, 0);
    const headerBytes = Math.min(Number(length.getBigUint64(0, true)), (await file.stat()).size);
    const bytes = Buffer.alloc(LENGTH_BYTES + headerBytes);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return parseMetadata(readHeader(bytes.subarray(0, bytesRead), path).header['__metadata__'], path);
  } finally {
    await file.close();
  }
}

/** Like {@link readSafetensors} for bytes at hand; `source` names them in errors. */
export function decodeSafetensors(bytes: Uint8Array, source: string): SafetensorsFile {
  const { header, dataStart } = readHeader(bytes, source);
  const { __metadata__: metadata, ...entries } = header;
  const dataBytes = bytes.byteLength - dataStart;
  const parsed = Object.entries(entries).map(([name, entry]) => parseEntry(name, entry, source));
  requireGaplessCover(parsed, dataBytes, source);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of parsed) {
    const raw = bytes.subarray(dataStart + begin, dataStart + end);
    const elements = decodeElements(raw, dtype);
    tensors.set(
      name,
      needsDoublePrecision(dtype)
        ? { dtype, shape, data: Float32Array.from(elements), data64: elements as Float64Array }
        : { dtype, shape, data: elements as Float32Array },
    );
  }
  return { tensors, metadata: parseMetadata(metadata, source) };
}

/**
 * Writes tensors as F32, sorted by name so that equal contents give equal bytes. The file appears whole
 * or not at all. Reading it back gives the same bits.
 */
export async function writeSafetensors(
  path: string,
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { prefix, parts } = layoutParts(tensors, metadata);
  await replaceFileAtomic(path, async (temporaryPath) => {
    const handle = await open(temporaryPath, 'w');
    try {
      await handle.writeFile(prefix);
      for (const part of parts) await handle.writeFile(part);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Like {@link writeSafetensors}, into memory. */
export function encodeSafetensors(
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const { prefix, parts } = layoutParts(tensors, metadata);
  return Buffer.concat([prefix, ...parts]);
}

function layoutParts(
  tensors: WritableTensors,
  metadata: Readonly<Record<string, string>>,
): { prefix: Uint8Array; parts: Uint8Array[] } {
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header['__metadata__'] = metadata;
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    if (data.length !== elementCount(shape))
      throw new RangeError(
        `${name}: shape [${shape.join(', ')}] wants ${elementCount(shape)} values, got ${data.length}`,
      );
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  // Spaces up to a multiple of eight keep the data aligned for readers that map the file.
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const paddedLength = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  const prefix = Buffer.alloc(LENGTH_BYTES + paddedLength, ' ');
  prefix.writeBigUInt64LE(BigInt(paddedLength), 0);
  json.copy(prefix, LENGTH_BYTES);
  return { prefix, parts };
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readHeader(bytes: Uint8Array, source: string): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.byteLength < LENGTH_BYTES)
    throw malformed(source, `expected at least ${LENGTH_BYTES} bytes, got ${bytes.byteLength}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MAX_HEADER_BYTES || headerBytes > bytes.byteLength - LENGTH_BYTES)
    throw malformed(
      source,
      `its first 8 bytes announce a header of ${headerBytes} bytes, but the file has ${bytes.byteLength}; ` +
        'it is truncated, or no safetensors file (a .pth or .bin must be converted first)',
    );
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + LENGTH_BYTES, headerBytes).toString('utf8');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw malformed(source, `its header is not JSON (${errorMessage(error)})`);
  }
  if (!isRecord(header)) throw malformed(source, 'its header is not a JSON object');
  return { header, dataStart: LENGTH_BYTES + headerBytes };
}

function parseEntry(name: string, entry: unknown, source: string): Entry {
  if (!isRecord(entry)) throw malformed(source, `tensor ${name}: expected an object in the header`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !isDtype(dtype))
    throw malformed(
      source,
      `tensor ${name}: dtype ${JSON.stringify(dtype)} is not one of ${Object.keys(DTYPE_BYTES).join(', ')}`,
    );
  if (!isSizeList(shape)) throw malformed(source, `tensor ${name}: shape ${JSON.stringify(shape)} is no list of sizes`);
  if (!isSizeList(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!)
    throw malformed(source, `tensor ${name}: data_offsets ${JSON.stringify(offsets)} are no [begin, end]`);
  const [begin, end] = [offsets[0]!, offsets[1]!];
  const expectedBytes = elementCount(shape) * DTYPE_BYTES[dtype];
  if (end - begin !== expectedBytes)
    throw malformed(
      source,
      `tensor ${name}: shape [${shape.join(', ')}] of ${dtype} wants ${expectedBytes} bytes, its offsets give ${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

/** The format wants the byte ranges to tile the data: no gap, no overlap, nothing behind. */
function requireGaplessCover(entries: readonly Entry[], dataBytes: number, source: string): void {
  let position = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position)
      throw malformed(source, `tensor ${name}: begins at byte ${begin}, expected ${position} (a gap or an overlap)`);
    position = end;
  }
  if (position !== dataBytes)
    throw malformed(source, `expected ${position} bytes of data, got ${dataBytes} (truncated or overlong)`);
}

function parseMetadata(metadata: unknown, source: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isRecord(metadata)) throw malformed(source, '__metadata__ is not an object');
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') throw malformed(source, `__metadata__.${key} is not a text`);
    texts[key] = value;
  }
  return texts;
}

function malformed(source: string, reason: string): AppError {
  return badInput('WEIGHTS_FILE_MALFORMED', `${source}: expected a whole safetensors file, but ${reason}`, {
    path: source,
  });
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizeList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
