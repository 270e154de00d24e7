import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { RgbImage } from './bmp.js';

/** Above this libvips' fixed cost no longer matters, and its memory is given back afterwards. */
const MAX_PIXELS = 4_000_000;

interface FrameInfo {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly componentCount: number;
}

/** The binding of @cornerstonejs/codec-libjpeg-turbo-8bit; it ships no types. */
interface WasmDecoder {
  getEncodedBuffer(sizeBytes: number): Uint8Array;
  readHeader(): void;
  decode(): void;
  getFrameInfo(): FrameInfo;
  getDecodedBuffer(): Uint8Array;
  delete(): void;
}

interface WasmModule {
  readonly JPEGDecoder: new () => WasmDecoder;
}

type LoadWasm = (options: { wasmBinary: Uint8Array }) => Promise<WasmModule>;

let loading: Promise<WasmModule> | undefined;
let decoder: WasmDecoder | undefined;

/**
 * Decodes an ordinary JPEG (8-bit, three components, no EXIF block) with libjpeg-turbo as WebAssembly: the
 * same pixels as libvips gives, without its half a millisecond of fixed cost. Returns null for
 * every other file and for every complaint of the decoder, so that libvips decides and words the error.
 */
export async function decodePlainJpeg(bytes: Uint8Array, maxPixels: number): Promise<RgbImage | null> {
  if (!isPlain(bytes, Math.min(maxPixels, MAX_PIXELS))) return null;
  loading ??= loadWasm();
  const wasm = await loading;
  // One decoder, used without a pause from here on: no other call can come in between.
  decoder ??= new wasm.JPEGDecoder();
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.decode();
    const { width, height, componentCount } = decoder.getFrameInfo();
    const pixels = decoder.getDecodedBuffer();
    if (componentCount !== 3 || pixels.length !== 3 * width * height) return null;
    // The buffer lies in the module's own memory and is overwritten by the next image.
    return { data: pixels.slice(), widthPx: width, heightPx: height };
  } catch {
    decoder.delete();
    decoder = undefined;
    return null;
  }
}

async function loadWasm(): Promise<WasmModule> {
  const require = createRequire(import.meta.url);
  const load = require('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs') as LoadWasm;
  const wasmBinary = await readFile(require.resolve('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasm'));
  return load({ wasmBinary });
}

/** Walks the segments up to the frame header: three 8-bit components, not too large, nothing that turns the image. */
function isPlain(bytes: Uint8Array, maxPixels: number): boolean {
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1]!;
    // APP1 may hold an EXIF orientation, APP14 says that colours are not YCbCr.
    if (marker === 0xe1 || marker === 0xee) return false;
    if (marker >= 0xc0 && marker <= 0xc2) {
      const heightPx = bytes[at + 5]! * 256 + bytes[at + 6]!;
      const widthPx = bytes[at + 7]! * 256 + bytes[at + 8]!;
      return bytes[at + 4] === 8 && bytes[at + 9] === 3 && widthPx * heightPx <= maxPixels;
    }
    if (marker === 0xff) at += 1;
    else at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return false;
}
