import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { ROTATIONS_CW_DEG, type RgbImage } from '../dataset/index.js';
import { picture } from '../../test/support/input-folder.js';
import { encodeJpeg, encodePng } from './encode-image.js';
import { composeTurns } from './rotation-group.js';
import { packPixels, packedBytes, rotatePixels } from './rotate-pixels.js';

const image = fc
  .record({ widthPx: fc.integer({ min: 1, max: 150 }), heightPx: fc.integer({ min: 1, max: 150 }) })
  .map(({ widthPx, heightPx }): RgbImage => {
    const data = Uint8Array.from({ length: 3 * widthPx * heightPx }, (_, i) => (i * 2654435761) >>> 24);
    return { data, widthPx, heightPx };
  });

describe('rotatePixels', () => {
  it('moves every pixel to where libvips moves it', async () => {
    await fc.assert(
      fc.asyncProperty(image, fc.constantFrom(...ROTATIONS_CW_DEG), async (source, angle) => {
        const turned = rotatePixels(packPixels(source), angle);
        const raw = { width: source.widthPx, height: source.heightPx, channels: 3 as const };
        const expected = await sharp(source.data, { raw }).rotate(angle).ensureAlpha().raw().toBuffer();
        expect(Buffer.compare(packedBytes(turned), expected)).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  it('composes like the group, so that four quarter turns change nothing', () => {
    const angle = fc.constantFrom(...ROTATIONS_CW_DEG);
    fc.assert(
      fc.property(image, angle, angle, (source, a, b) => {
        const packed = packPixels(source);
        expect(rotatePixels(rotatePixels(packed, a), b)).toEqual(rotatePixels(packed, composeTurns(a, b)));
      }),
      { numRuns: 30 },
    );
  });
});

describe('encoding', () => {
  const decode = (bytes: Uint8Array): Promise<Buffer> => sharp(bytes).raw().toBuffer();

  it('keeps PNG pixels exactly and JPEG pixels closely', async () => {
    const { data, info } = await sharp(await picture(1, 'png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const packed = packPixels({ data, widthPx: info.width, heightPx: info.height });
    expect(Buffer.compare(await decode(await encodePng(packed)), data)).toBe(0);
    const jpeg = await encodeJpeg(packed, { jpegQuality: 96, chromaSubsampling: '4:4:4' });
    expect(rootMeanSquare(await decode(jpeg), data)).toBeLessThan(4);
    expect(await sharp(jpeg).metadata()).toMatchObject({ chromaSubsampling: '4:4:4', width: info.width });
  });

  it('writes the same pixels with either encoder', async () => {
    const { data, info } = await sharp(await picture(2, 'png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const packed = packPixels({ data, widthPx: info.width, heightPx: info.height });
    const ours = await encodeJpeg(packed, { jpegQuality: 96, chromaSubsampling: '4:2:0' });
    const raw = { width: info.width, height: info.height, channels: 3 as const };
    const vips = await sharp(data, { raw }).jpeg({ quality: 96, optimiseCoding: false }).toBuffer();
    expect(rootMeanSquare(await decode(ours), await decode(vips))).toBeLessThan(0.5);
  });
});

function rootMeanSquare(a: Uint8Array, b: Uint8Array): number {
  return Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length);
}
