import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { bmp24 } from '../../test/support/bmp.js';
import { folderWith, picture } from '../../test/support/input-folder.js';
import { decodeImage, decodeImageBytes } from './decode-image.js';
import { inspectImage, inspectImages } from './inspect-image.js';

async function inspect(fileName: string, content: Uint8Array | string): ReturnType<typeof inspectImage> {
  const root = await folderWith({ [fileName]: content });
  return inspectImage(join(root, fileName));
}

describe('inspectImage', () => {
  it('describes a readable image', async () => {
    const bytes = await picture(1);
    expect(await inspect('a.jpg', bytes)).toMatchObject({
      ok: true,
      content: {
        sha256: createHash('sha256').update(bytes).digest('hex'),
        widthPx: 40,
        heightPx: 40,
        format: 'jpeg',
        sizeBytes: bytes.length,
        dHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    });
  });

  it('finds empty, foreign, misnamed and missing files', async () => {
    expect(await inspect('a.jpg', '')).toMatchObject({ ok: false, code: 'empty' });
    expect(await inspect('a.jpg', 'just text')).toMatchObject({ ok: false, code: 'unsupportedContent' });
    expect(await inspect('a.png', await picture(1))).toMatchObject({ ok: false, code: 'contentMismatch' });
    expect(await inspectImage('/no/such/file.jpg')).toMatchObject({ ok: false, code: 'unreadable' });
  });

  it.each([
    ['jpeg', 'a.jpg'],
    ['png', 'a.png'],
  ] as const)('finds a %s cut short anywhere', async (format, fileName) => {
    const whole = await picture(2, format);
    for (const keep of [0.1, 0.5, 0.9]) {
      const cut = whole.subarray(0, Math.floor(whole.length * keep));
      expect(await inspect(fileName, cut)).toMatchObject({ ok: false, code: 'truncated' });
    }
    expect(await inspect(fileName, whole.subarray(0, whole.length - 2))).toMatchObject({ ok: format === 'png' });
  });

  it('finds damage in the middle of a PNG and of a JPEG', async () => {
    const png = Buffer.from(await picture(3, 'png'));
    png[Math.floor(png.length / 2)]! ^= 0xff;
    expect(await inspect('a.png', png)).toMatchObject({ ok: false, code: 'corrupt' });
    const jpeg = Buffer.from(await picture(3));
    jpeg.fill(0xff, Math.floor(jpeg.length / 2), Math.floor(jpeg.length / 2) + 200);
    expect(await inspect('a.jpg', jpeg)).toMatchObject({ ok: false });
  });

  it('refuses more pixels than allowed before decoding them', async () => {
    const root = await folderWith({ 'a.png': await picture(4, 'png') });
    const limits = { maxPixels: 1000, maxFileBytes: 1e6 };
    expect(await inspectImage(join(root, 'a.png'), limits)).toMatchObject({ ok: false, code: 'tooManyPixels' });
    const bytes = { maxPixels: 1e6, maxFileBytes: 10 };
    expect(await inspectImage(join(root, 'a.png'), bytes)).toMatchObject({ ok: false, code: 'tooLarge' });
  });

  it('inspects a stream in order, bad files among good ones', async () => {
    const root = await folderWith({ '1.jpg': await picture(1), '2.jpg': 'bad', '3.png': await picture(3, 'png') });
    const files = ['1.jpg', '2.jpg', '3.png'].map((name) => ({ name, absolutePath: join(root, name) }));
    const seen: [string, boolean][] = [];
    for await (const { file, result } of inspectImages(files, { concurrency: 2 })) seen.push([file.name, result.ok]);
    expect(seen).toEqual([
      ['1.jpg', true],
      ['2.jpg', false],
      ['3.png', true],
    ]);
  });
});

describe('decodeImage', () => {
  it('reads a BMP to the same pixels as its PNG', async () => {
    const red = [255, 0, 0] as const;
    const rows = [
      [red, [1, 2, 3], [4, 5, 6]],
      [
        [7, 8, 9],
        [10, 11, 12],
        [13, 14, 15],
      ],
    ] as const;
    const root = await folderWith({ 'a.bmp': bmp24(rows) });
    const image = await decodeImage(join(root, 'a.bmp'));
    expect([image.widthPx, image.heightPx]).toEqual([3, 2]);
    expect([...image.data]).toEqual(rows.flat(2));
    const cut = bmp24(rows).subarray(0, 60);
    expect(await inspect('a.bmp', cut)).toMatchObject({ ok: false, code: 'truncated' });
  });

  it.each([
    { chromaSubsampling: '4:2:0', progressive: false },
    { chromaSubsampling: '4:4:4', progressive: false },
    { chromaSubsampling: '4:2:0', progressive: true },
  ])('gives the pixels that libvips gives: %j', async (options) => {
    const bytes = await sharp(await picture(5, 'png', 37))
      .jpeg(options)
      .toBuffer();
    const expected = await sharp(bytes).raw().toBuffer();
    const { data } = await decodeImageBytes(bytes);
    expect(Buffer.compare(Buffer.from(data), expected)).toBe(0);
  });

  it('turns grey, transparent and EXIF-turned images into upright RGB', async () => {
    const grey = await sharp(await picture(6, 'png'))
      .grayscale()
      .png()
      .toBuffer();
    const grown = await decodeImageBytes(grey);
    expect(grown.data.length).toBe(40 * 40 * 3);
    expect(grown.data[0]).toBe(grown.data[2]);
    const alpha = await sharp(await picture(6, 'png'))
      .ensureAlpha(0.5)
      .png()
      .toBuffer();
    expect((await decodeImageBytes(alpha)).data.length).toBe(40 * 40 * 3);
    const wide = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });
    const turned = await wide.withMetadata({ orientation: 6 }).jpeg().toBuffer();
    expect(await decodeImageBytes(turned)).toMatchObject({ widthPx: 10, heightPx: 20 });
  });
});
