import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeToPlanes } from './decode.js';

describe('decodeToPlanes', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-decode-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('gives planes of red, green and blue in 0..1', async () => {
    const path = join(folder, 'orange.png');
    await sharp({ create: { width: 5, height: 9, channels: 3, background: { r: 255, g: 51, b: 0 } } })
      .png()
      .toFile(path);
    const planes = await decodeToPlanes(path, 4);
    expect(planes).toHaveLength(3 * 16);
    expect([planes[0], planes[16], planes[32]]).toEqual([1, Math.fround(0.2), 0]);
  });

  it('turns a picture as its EXIF orientation says, as the browser did when its orientation was confirmed', async () => {
    const path = join(folder, 'turned.jpg');
    const pixels = Buffer.alloc(16 * 16 * 3, 255);
    pixels.fill(0, 0, 8 * 16 * 3);
    await sharp(pixels, { raw: { width: 16, height: 16, channels: 3 } })
      .withMetadata({ orientation: 3 })
      .jpeg({ quality: 100 })
      .toFile(path);
    const planes = await decodeToPlanes(path, 16);
    expect(planes[3 * 16 + 8]).toBeGreaterThan(0.9);
    expect(planes[12 * 16 + 8]).toBeLessThan(0.1);
  });

  it('names a file that is no picture', async () => {
    const path = join(folder, 'broken.jpg');
    await writeFile(path, 'not a picture');
    await expect(decodeToPlanes(path, 16)).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      kind: 'badInput',
      details: { path },
    });
  });
});
