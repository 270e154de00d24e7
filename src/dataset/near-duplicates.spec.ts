import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { classifiedImage } from '../../test/support/classified-images.js';
import { picture } from '../../test/support/input-folder.js';
import { decodeImageBytes } from './decode-image.js';
import { dot, findNearDuplicates, MIN_CORRELATION, type NearDuplicatePair } from './near-duplicates.js';
import { ROTATIONS_CW_DEG } from './orientation-name.js';
import { differenceHash, hammingDistance } from './perceptual-hash.js';
import {
  decodeThumbnail,
  encodeThumbnail,
  greyGrid,
  normalizeGrid,
  rotateGridCw,
  THUMBNAIL_SIDE,
} from './thumbnail.js';

async function thumbnailOf(bytes: Buffer): Promise<string> {
  return encodeThumbnail(greyGrid(await decodeImageBytes(bytes), THUMBNAIL_SIDE));
}

async function pairsOf(
  images: readonly { sha256: string; thumbnail: string }[],
  maxHashBits: number,
): Promise<NearDuplicatePair[]> {
  const pairs: NearDuplicatePair[] = [];
  await findNearDuplicates(images, { maxHashBits }, (pair) => pairs.push(pair));
  return pairs.sort((p, q) => p.a - q.a || p.b - q.b);
}

describe('findNearDuplicates', () => {
  it('finds a picture recompressed, brightened, shrunk or turned, and no other picture', async () => {
    const original = await picture('part', 'png', 96);
    const variants = [
      original,
      await sharp(original).jpeg({ quality: 50 }).toBuffer(),
      await sharp(original).linear(1, 15).png().toBuffer(),
      await sharp(original).resize(64, 64).png().toBuffer(),
      await sharp(original).rotate(90).jpeg().toBuffer(),
      await sharp(original).rotate(270).jpeg().toBuffer(),
      await picture('another', 'png', 96),
    ];
    const images = await Promise.all(
      variants.map(async (bytes, i) => ({ sha256: `${i}`, thumbnail: await thumbnailOf(bytes) })),
    );
    const pairs = await pairsOf(images, 8);
    const partners = new Set(pairs.flatMap(({ a, b }) => [a, b]));
    expect([...partners].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(pairs).toHaveLength(15);
  });

  it('pairs identical bytes whatever they show, flat pictures included', async () => {
    const flat = Buffer.alloc(THUMBNAIL_SIDE ** 2, 128).toString('base64');
    const images = ['x', 'y', 'x'].map((sha256) => ({ sha256, thumbnail: flat }));
    expect(await pairsOf(images, 8)).toEqual([{ a: 0, b: 2, correlation: 1 }]);
  });

  it('finds exactly the pairs that a comparison of everything with everything finds', async () => {
    const sketch = fc.record({ pictureSeed: fc.integer({ min: 0, max: 6 }), turns: fc.integer({ min: 0, max: 3 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(sketch, { maxLength: 12 }), fc.integer({ min: 0, max: 16 }), async (sketches, bits) => {
        const images = sketches.map((one, i) => classifiedImage({ board: `b${i}`, ...one }));
        const found = await pairsOf(images, bits);
        expect(found.map(({ a, b }) => [a, b])).toEqual(naivePairs(images, bits));
      }),
      { numRuns: 60 },
    );
  });

  it('stops when aborted', async () => {
    const images = Array.from({ length: 600 }, (_, i) => classifiedImage({ board: `b${i}` }));
    const search = findNearDuplicates(images, { maxHashBits: 8, signal: AbortSignal.abort() }, () => undefined);
    await expect(search).rejects.toMatchObject({ name: 'AbortError' });
  });
});

function naivePairs(images: readonly { thumbnail: string }[], bits: number): number[][] {
  const grids = images.map((image) => decodeThumbnail(image.thumbnail));
  const pairs: number[][] = [];
  for (let a = 0; a < grids.length; a++) {
    for (let b = a + 1; b < grids.length; b++) {
      const alike = ROTATIONS_CW_DEG.some((angle) => {
        const turned = rotateGridCw(grids[b]!, angle);
        const near = hammingDistance(differenceHash(grids[a]!), differenceHash(turned)) <= bits;
        return near && dot(normalizeGrid(grids[a]!), normalizeGrid(turned)) >= MIN_CORRELATION;
      });
      if (alike) pairs.push([a, b]);
    }
  }
  return pairs;
}
