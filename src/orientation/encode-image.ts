import sharp, { type Sharp } from 'sharp';
import { packedBytes, type PackedImage } from './rotate-pixels.js';

/** How rotated images are written; the pixels themselves are moved, never interpolated. */
export interface RotationEncoding {
  readonly jpegQuality: number;
  /** `4:4:4` keeps the colour of thin marks; `4:2:0` is what OpenCV writes. */
  readonly chromaSubsampling: '4:4:4' | '4:2:0';
}

/** From quality 96 on both encoders use the exact cosine transform and write the same pixels. */
export const DEFAULT_ROTATION_ENCODING: RotationEncoding = { jpegQuality: 96, chromaSubsampling: '4:4:4' };

/** Below this libjpeg-turbo's binding would use the fast, coarser cosine transform. */
const EXACT_FROM_QUALITY = 96;

type Turbo = typeof import('@julusian/jpeg-turbo');
let turbo: Promise<Turbo | null> | undefined;

/**
 * Baseline JPEG. By libjpeg-turbo where it is installed, in the calling thread; else by libvips, at a third of the
 * speed on small images.
 */
export async function encodeJpeg(image: PackedImage, encoding: RotationEncoding): Promise<Uint8Array> {
  const { jpegQuality, chromaSubsampling } = encoding;
  const direct = jpegQuality >= EXACT_FROM_QUALITY ? await loadTurbo() : null;
  if (direct === null) {
    return fromRaw(image).jpeg({ quality: jpegQuality, chromaSubsampling, optimiseCoding: false }).toBuffer();
  }
  return direct.compressSync(packedBytes(image), {
    format: direct.FORMAT_RGBX,
    width: image.widthPx,
    height: image.heightPx,
    quality: jpegQuality,
    subsampling: chromaSubsampling === '4:4:4' ? direct.SAMP_444 : direct.SAMP_420,
  });
}

/** Lossless. */
export async function encodePng(image: PackedImage): Promise<Uint8Array> {
  return fromRaw(image).png({ compressionLevel: 3 }).toBuffer();
}

function fromRaw(image: PackedImage): Sharp {
  return sharp(packedBytes(image), {
    raw: { width: image.widthPx, height: image.heightPx, channels: 4 },
  }).removeAlpha();
}

/** An optional dependency: null where no binary for this machine is installed. */
function loadTurbo(): Promise<Turbo | null> {
  turbo ??= import('@julusian/jpeg-turbo').then(
    (loaded) => loaded.default ?? loaded,
    () => null,
  );
  return turbo;
}
