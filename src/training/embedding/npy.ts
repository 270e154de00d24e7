const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
const ALIGNMENT = 64;

/** Header of a NumPy array file, format 1.0 (numpy/lib/format.py), little-endian, row-major. */
export function npyHeader(dtype: string, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dictionary = `{'descr': '${dtype}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const unpadded = MAGIC.length + 2 + dictionary.length + 1;
  const padded = Math.ceil(unpadded / ALIGNMENT) * ALIGNMENT;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(padded - MAGIC.length - 2);
  const text = `${dictionary}${' '.repeat(padded - unpadded)}\n`;
  return Buffer.concat([MAGIC, length, Buffer.from(text, 'latin1')]);
}

/** A one-dimensional array of texts (`<U…`: UTF-32, as wide as the longest), in pieces. */
export function* npyTexts(texts: readonly string[]): Generator<Buffer> {
  const points = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0)!);
  const width = texts.reduce((widest, text) => Math.max(widest, points(text).length), 1);
  yield npyHeader(`<U${width}`, [texts.length]);
  for (const text of texts) {
    const cell = Buffer.alloc(width * 4);
    points(text).forEach((point, i) => cell.writeUInt32LE(point, i * 4));
    yield cell;
  }
}
