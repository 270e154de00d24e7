import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { bmp24 } from '../../test/support/bmp.js';
import { folderWith, temporaryFolder } from '../../test/support/input-folder.js';
import { ImageDecodeError } from './image-decode-error.js';
import { withSmallPicture } from './small-picture.js';

const sizeOf = (path: string, sizePx: number, maxPixels = 1e6): Promise<number[]> =>
  withSmallPicture(path, { sizePx, limits: { maxPixels, maxFileBytes: 1e6 } }, async (picture) => {
    const { info } = await picture.png().toBuffer({ resolveWithObject: true });
    return [info.width, info.height];
  });

describe('withSmallPicture', () => {
  it('fits JPEG, PNG and BMP into the size, upright, and enlarges none', async () => {
    const folder = await temporaryFolder();
    const wide = sharp({ create: { width: 60, height: 30, channels: 3, background: '#c60' } });
    await wide.clone().withMetadata({ orientation: 6 }).jpeg().toFile(join(folder, 'turned.jpg'));
    await wide.clone().png().toFile(join(folder, 'a.png'));
    const row = Array.from({ length: 60 }, () => [204, 102, 0] as const);
    await writeFile(join(folder, 'a.bmp'), bmp24(Array.from({ length: 30 }, () => row)));
    expect(await sizeOf(join(folder, 'turned.jpg'), 20)).toEqual([10, 20]);
    for (const name of ['a.png', 'a.bmp']) {
      expect(await sizeOf(join(folder, name), 20)).toEqual([20, 10]);
      expect(await sizeOf(join(folder, name), 200)).toEqual([60, 30]);
      await expect(sizeOf(join(folder, name), 20, 1000)).rejects.toMatchObject({ code: 'tooManyPixels' });
    }
  });

  it('refuses what is no picture', async () => {
    const root = await folderWith({ 'a.bmp': 'BM and no more', 'b.jpg': 'text' });
    for (const name of ['a.bmp', 'b.jpg', 'gone.png'])
      await expect(sizeOf(join(root, name), 20)).rejects.toBeInstanceOf(ImageDecodeError);
  });
});
