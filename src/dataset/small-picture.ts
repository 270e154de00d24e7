import sharp, { type Sharp } from 'sharp';
import { decodeImage, DEFAULT_DECODE_LIMITS, type DecodeLimits } from './decode-image.js';

export interface SmallPictureSpec {
  /** Of the longer side; a smaller picture keeps its size. */
  readonly sizePx: number;
  readonly limits?: DecodeLimits;
}

/**
 * Hands any image file that we accept to `encode`: upright and small, its aspect kept. For showing alone; what is
 * measured or trained on comes from `decodeImage`.
 * @throws ImageDecodeError when it is no picture or cannot be read, what `encode` throws
 */
export async function withSmallPicture<T>(
  path: string,
  { sizePx, limits = DEFAULT_DECODE_LIMITS }: SmallPictureSpec,
  encode: (picture: Sharp) => Promise<T>,
): Promise<T> {
  const shrink = (picture: Sharp): Promise<T> =>
    encode(picture.autoOrient().resize(sizePx, sizePx, { fit: 'inside', withoutEnlargement: true }));
  try {
    // Straight from the file: a JPEG is then decoded at a fraction of its size.
    return await shrink(sharp(path, { failOn: 'none', limitInputPixels: limits.maxPixels }));
  } catch {
    // sharp does not read BMP.
    const { data, widthPx, heightPx } = await decodeImage(path, limits);
    return shrink(sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } }));
  }
}
