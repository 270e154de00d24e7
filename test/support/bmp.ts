/** 24-bit BMP, bottom row first, as every Windows program writes it. */
export function bmp24(rows: readonly (readonly (readonly [number, number, number])[])[]): Buffer {
  const [height, width] = [rows.length, rows[0]!.length];
  const stride = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  rows.forEach((row, y) => row.forEach(([r, g, b], x) => file.set([b, g, r], 54 + (height - 1 - y) * stride + x * 3)));
  return file;
}
