import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { bmp24 } from '../../../test/support/bmp.js';
import { folderWith, picture } from '../../../test/support/input-folder.js';
import type { Html } from './html.js';
import { Thumbnails } from './thumbnails.js';

async function pictureOf(figure: Html): Promise<{ data: Buffer; widthPx: number; heightPx: number }> {
  const [, base64] = /src="data:image\/jpeg;base64,([^"]+)"/.exec(figure.text)!;
  const { data, info } = await sharp(Buffer.from(base64!, 'base64')).raw().toBuffer({ resolveWithObject: true });
  return { data, widthPx: info.width, heightPx: info.height };
}

describe('pictures of a report', () => {
  it('show BMP files, which came out blank', async () => {
    const red = Array.from({ length: 300 }, () => [220, 30, 20] as const);
    const root = await folderWith({ 'dataset/a.bmp': bmp24(Array.from({ length: 150 }, () => red)) });
    const shown = await pictureOf(await new Thumbnails(root).figure('dataset/a.bmp', 'a part'));
    expect([shown.widthPx, shown.heightPx]).toEqual([192, 96]);
    const [r, g, b] = shown.data;
    expect(Math.abs(r! - 220) + Math.abs(g! - 30) + Math.abs(b! - 20)).toBeLessThan(15);
  });

  it('leave an empty frame for a file that is gone or no picture', async () => {
    const root = await folderWith({ 'a.jpg': 'text', 'b.jpg': await picture(1, 'jpeg', 96) });
    const thumbnails = new Thumbnails(root);
    for (const name of ['a.jpg', 'gone.png'])
      expect((await thumbnails.figure(name, name)).text).toContain('src="data:image/gif;');
    expect((await pictureOf(await thumbnails.figure('b.jpg', 'b'))).widthPx).toBe(96);
  });
});
