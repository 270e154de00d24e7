import sharp from 'sharp';
import type { RgbImage } from './bmp.js';

/** `dataset/mean_std.json`: what the training pixels look like before any normalisation. */
export interface MeanStd {
  /** Mean of R, G, B in [0, 1]. */
  readonly mean: readonly [number, number, number];
  /** Standard deviation of R, G, B in [0, 1], pooled over all pixels. */
  readonly std: readonly [number, number, number];
  /** Side in px that every image was resized to (squeezed, not cropped) before its pixels were counted. */
  readonly imageSizePx: number;
  readonly imageCount: number;
  /** What the figures were computed on, in words. */
  readonly computedOn: string;
}

const COMPUTED_ON =
  'training images only, raw RGB in [0, 1] after resizing, before any normalisation; mean pooled over all pixels, std = sqrt(E[x²] − mean²)';

/** Sums of one image's pixels and of their squares, 0..255, for R, G and B: whole numbers. */
export interface PixelSums {
  readonly sums: readonly number[];
  readonly squares: readonly number[];
}

/** Resizes to the training size with a triangle filter (antialiased when shrinking) and sums the pixels. */
export async function measurePixels(image: RgbImage, imageSizePx: number): Promise<PixelSums> {
  const data = await sharp(image.data, { raw: { width: image.widthPx, height: image.heightPx, channels: 3 } })
    .resize(imageSizePx, imageSizePx, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  const sums = [0, 0, 0];
  const squares = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    for (let channel = 0; channel < 3; channel++) {
      const value = data[i + channel]!;
      sums[channel]! += value;
      squares[channel]! += value * value;
    }
  }
  return { sums, squares };
}

/**
 * Mean and standard deviation over many images. Adds whole numbers, so the result does not depend on the order
 * of the images (53 bits hold the squares of two million images of 224 px side).
 */
export class PixelStatistics {
  private readonly sums = [0, 0, 0];
  private readonly squares = [0, 0, 0];
  private imageCount = 0;

  constructor(private readonly imageSizePx: number) {}

  /** Adds an image's sums, measured at this object's size. */
  add({ sums, squares }: PixelSums): void {
    for (let channel = 0; channel < 3; channel++) {
      this.sums[channel]! += sums[channel]!;
      this.squares[channel]! += squares[channel]!;
    }
    this.imageCount++;
  }

  /** Throws a RangeError when no image was added. */
  result(): MeanStd {
    if (this.imageCount === 0) throw new RangeError('pixel statistics: expected at least one image');
    const pixels = this.imageCount * this.imageSizePx ** 2;
    const mean = this.sums.map((sum) => sum / pixels / 255);
    const std = this.squares.map((square, c) => Math.sqrt(Math.max(0, square / pixels / 255 ** 2 - mean[c]! ** 2)));
    return {
      mean: [mean[0]!, mean[1]!, mean[2]!],
      std: [std[0]!, std[1]!, std[2]!],
      imageSizePx: this.imageSizePx,
      imageCount: this.imageCount,
      computedOn: COMPUTED_ON,
    };
  }
}
