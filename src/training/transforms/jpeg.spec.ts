import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { Random } from '../../common/index.js';
import { recompress } from './jpeg.js';
import { newImage, type RgbImage } from './rgb-image.js';

/** Blobs, edges and noise in three colours; no multiple of eight in size. */
function picture(): RgbImage {
  const random = new Random('jpeg');
  const image = newImage(61, 43);
  for (let y = 0; y < 43; y++)
    for (let x = 0; x < 61; x++) {
      const onMark = x > 20 && x < 33 && y > 9 && y < 15;
      const base = onMark ? [200, 60, 50] : [90 + 40 * Math.sin(x / 7), 100 + 30 * Math.cos(y / 5), 110];
      for (let c = 0; c < 3; c++) image.data[(y * 61 + x) * 3 + c] = base[c]! + 12 * (random.next() - 0.5);
    }
  return image;
}

async function throughLibjpeg({ data, widthPx: width, heightPx: height }: RgbImage, quality: number) {
  const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return sharp(jpeg).raw().toBuffer();
}

function difference(a: Uint8Array, b: Uint8Array): { mean: number; most: number } {
  let [sum, most] = [0, 0];
  a.forEach((value, i) => {
    sum += Math.abs(value - b[i]!);
    most = Math.max(most, Math.abs(value - b[i]!));
  });
  return { mean: sum / a.length, most };
}

describe('recompress', () => {
  it.each([50, 75, 95])('gives the pixels of a libjpeg round trip at quality %d, but for rounding', async (quality) => {
    const expected = await throughLibjpeg(picture(), quality);
    const actual = recompress(picture(), quality).data;
    const { mean, most } = difference(actual, expected);
    expect(mean).toBeLessThan(0.6);
    expect(most).toBeLessThanOrEqual(8);
    // The round trip itself is no small change: the agreement means something.
    expect(difference(picture().data, expected).mean).toBeGreaterThan(quality === 95 ? 0.8 : 2);
  });

  it('loses more at lower quality, and something else where the blocks lie elsewhere', () => {
    const loss = (quality: number) => difference(recompress(picture(), quality).data, picture().data).mean;
    expect(loss(60)).toBeGreaterThan(loss(80));
    expect(loss(80)).toBeGreaterThan(loss(95));
    expect(recompress(picture(), 75, 3, 5).data).not.toEqual(recompress(picture(), 75).data);
    expect(difference(recompress(picture(), 75, 3, 5).data, picture().data).mean).toBeLessThan(2 * loss(75));
  });

  it('is nearly without effect the second time, as a stored picture is', () => {
    const once = recompress(picture(), 75);
    expect(difference(recompress(once, 75).data, once.data).mean).toBeLessThan(0.5);
  });
});
