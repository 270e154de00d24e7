import type { ImageExtension } from './image-name.js';

export type ImageFormat = 'jpeg' | 'png' | 'bmp';

/** What a file is by its first bytes; null when it is none of the three. */
export function sniffFormat(bytes: Uint8Array): ImageFormat | null {
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (startsWith(bytes, [0x42, 0x4d])) return 'bmp';
  return null;
}

export function formatOfExtension(extension: ImageExtension): ImageFormat {
  return extension === 'jpg' || extension === 'jpeg' ? 'jpeg' : extension;
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.length >= magic.length && magic.every((value, i) => bytes[i] === value);
}
