import { ImageDecodeError } from './image-decode-error.js';

/** An 8-bit RGB image, interleaved, rows from top to bottom: `data.length === 3 * widthPx * heightPx`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

interface BmpHeader {
  readonly pixelOffset: number;
  readonly headerSize: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly topDown: boolean;
  readonly bitsPerPixel: number;
  readonly compression: number;
  readonly colorsUsed: number;
}

const BI_RGB = 0;
const BI_BITFIELDS = 3;
const BI_ALPHABITFIELDS = 6;
const FILE_HEADER_BYTES = 14;

/**
 * Reads an uncompressed Windows bitmap (1, 4, 8, 16, 24, 32 bits, with palette or bit fields); libvips as
 * shipped with sharp has no BMP. Alpha is dropped. Throws ImageDecodeError when it is cut short, damaged,
 * larger than `maxPixels`, or run-length encoded. Layout: Microsoft, "Bitmap Storage".
 */
export function decodeBmp(bytes: Uint8Array, maxPixels: number): RgbImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = readHeader(view);
  const { widthPx, heightPx } = header;
  if (widthPx * heightPx > maxPixels) {
    throw new ImageDecodeError(
      'tooManyPixels',
      `${widthPx} × ${heightPx} px is above the limit of ${maxPixels} pixels`,
    );
  }
  const strideBytes = Math.ceil((widthPx * header.bitsPerPixel) / 32) * 4;
  if (header.pixelOffset + strideBytes * heightPx > bytes.length) {
    throw new ImageDecodeError('truncated', 'the BMP file ends before its last row of pixels');
  }
  const readPixel = header.bitsPerPixel <= 8 ? paletteReader(view, header) : directReader(view, header);
  const data = new Uint8Array(3 * widthPx * heightPx);
  for (let y = 0, out = 0; y < heightPx; y++) {
    const row = header.pixelOffset + strideBytes * (header.topDown ? y : heightPx - 1 - y);
    for (let x = 0; x < widthPx; x++, out += 3) readPixel(row, x, data, out);
  }
  return { data, widthPx, heightPx };
}

function readHeader(view: DataView): BmpHeader {
  if (view.byteLength < FILE_HEADER_BYTES + 12) throw new ImageDecodeError('truncated', 'the BMP header is cut short');
  const headerSize = view.getUint32(14, true);
  if (view.byteLength < FILE_HEADER_BYTES + headerSize) {
    throw new ImageDecodeError('truncated', 'the BMP header is cut short');
  }
  const old = headerSize === 12;
  if (!old && headerSize < 40) throw new ImageDecodeError('corrupt', `BMP header of ${headerSize} bytes is unknown`);
  const signedHeight = old ? view.getUint16(20, true) : view.getInt32(22, true);
  const header: BmpHeader = {
    pixelOffset: view.getUint32(10, true),
    headerSize,
    widthPx: old ? view.getUint16(18, true) : view.getInt32(18, true),
    heightPx: Math.abs(signedHeight),
    topDown: signedHeight < 0,
    bitsPerPixel: view.getUint16(old ? 24 : 28, true),
    compression: old ? BI_RGB : view.getUint32(30, true),
    colorsUsed: old ? 0 : view.getUint32(46, true),
  };
  if (header.widthPx <= 0 || header.heightPx <= 0) {
    throw new ImageDecodeError('corrupt', `BMP of ${header.widthPx} × ${header.heightPx} px`);
  }
  const bitfields = header.compression === BI_BITFIELDS || header.compression === BI_ALPHABITFIELDS;
  const depths = bitfields ? [16, 32] : [1, 4, 8, 16, 24, 32];
  if (!(bitfields || header.compression === BI_RGB) || !depths.includes(header.bitsPerPixel)) {
    throw new ImageDecodeError(
      'unsupportedContent',
      `BMP compression ${header.compression} with ${header.bitsPerPixel} bits is not read; save it uncompressed or as PNG`,
    );
  }
  return header;
}

type PixelReader = (row: number, x: number, out: Uint8Array, at: number) => void;

function paletteReader(view: DataView, header: BmpHeader): PixelReader {
  const { bitsPerPixel } = header;
  const entryBytes = header.headerSize === 12 ? 3 : 4;
  const start = FILE_HEADER_BYTES + header.headerSize;
  const count = Math.min(header.colorsUsed || 1 << bitsPerPixel, 1 << bitsPerPixel);
  if (start + count * entryBytes > view.byteLength)
    throw new ImageDecodeError('truncated', 'the BMP palette is cut short');
  const perByte = 8 / bitsPerPixel;
  const mask = (1 << bitsPerPixel) - 1;
  return (row, x, out, at) => {
    const byte = view.getUint8(row + Math.floor(x / perByte));
    const index = (byte >> (8 - bitsPerPixel * ((x % perByte) + 1))) & mask;
    if (index >= count) throw new ImageDecodeError('corrupt', `BMP pixel names colour ${index} of ${count}`);
    const entry = start + index * entryBytes;
    out[at] = view.getUint8(entry + 2);
    out[at + 1] = view.getUint8(entry + 1);
    out[at + 2] = view.getUint8(entry);
  };
}

function directReader(view: DataView, header: BmpHeader): PixelReader {
  if (header.bitsPerPixel === 24 || (header.bitsPerPixel === 32 && header.compression === BI_RGB)) {
    const pixelBytes = header.bitsPerPixel / 8;
    return (row, x, out, at) => {
      const pixel = row + x * pixelBytes;
      out[at] = view.getUint8(pixel + 2);
      out[at + 1] = view.getUint8(pixel + 1);
      out[at + 2] = view.getUint8(pixel);
    };
  }
  const masks = header.compression === BI_RGB ? [0x7c00, 0x03e0, 0x001f] : readMasks(view);
  const channels = masks.map((mask) => ({ mask, shift: trailingZeros(mask), top: mask >>> trailingZeros(mask) }));
  const wide = header.bitsPerPixel === 32;
  return (row, x, out, at) => {
    const value = wide ? view.getUint32(row + x * 4, true) : view.getUint16(row + x * 2, true);
    channels.forEach(({ mask, shift, top }, channel) => {
      out[at + channel] = top === 0 ? 0 : Math.round((((value & mask) >>> shift) * 255) / top);
    });
  };
}

function readMasks(view: DataView): number[] {
  const at = FILE_HEADER_BYTES + 40;
  if (at + 12 > view.byteLength) throw new ImageDecodeError('truncated', 'the BMP colour masks are cut short');
  return [0, 4, 8].map((offset) => view.getUint32(at + offset, true));
}

function trailingZeros(mask: number): number {
  return mask === 0 ? 0 : 31 - Math.clz32(mask & -mask);
}
