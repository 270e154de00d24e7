import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { ImageDecodeError, withSmallPicture } from '../../dataset/index.js';
import { pruneThumbnails, ThumbnailCache } from './index.js';

describe('thumbnails', () => {
  let folder: string;
  let cache: ThumbnailCache;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-thumbnails-'));
    cache = new ThumbnailCache(join(folder, 'cache'), (path, sizePx, encode) =>
      withSmallPicture(path, { sizePx }, encode),
    );
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const picture = async (name: string, widthPx = 400, heightPx = 200): Promise<string> => {
    const path = join(folder, name);
    await sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: '#c60' } })
      .jpeg()
      .toFile(path);
    return path;
  };

  it('fit the size, keep the aspect, and are never larger than the picture', async () => {
    const large = await cache.of(await picture('a.jpg'), 160);
    expect(await sharp(large.path).metadata()).toMatchObject({ format: 'webp', width: 160, height: 80 });
    const small = await cache.of(await picture('b.jpg', 20, 30), 320);
    expect(await sharp(small.path).metadata()).toMatchObject({ width: 20, height: 30 });
  });

  it('are made once, also for many who ask at the same moment', async () => {
    const source = await picture('a.jpg');
    const all = await Promise.all(Array.from({ length: 20 }, () => cache.of(source, 160)));
    expect(new Set(all.map(({ path }) => path)).size).toBe(1);
    const { mtimeMs } = await stat(all[0]!.path);
    expect((await cache.of(source, 160)).etag).toBe(all[0]!.etag);
    expect((await stat(all[0]!.path)).mtimeMs).toBe(mtimeMs);
    expect(await readdir(join(folder, 'cache'))).toHaveLength(1);
  });

  it('change with their source', async () => {
    const source = await picture('a.jpg');
    const before = await cache.of(source, 160);
    await picture('a.jpg', 100, 100);
    await utimes(source, new Date(), new Date(Date.now() + 5000));
    const after = await cache.of(source, 160);
    expect(after.etag).not.toBe(before.etag);
    expect(await readFile(after.path)).not.toEqual(await readFile(before.path));
  });

  it('are removed by the day they were made, and made again when asked for', async () => {
    const [old, young] = [await picture('old.jpg'), await picture('young.jpg')];
    const { path } = await cache.of(old, 160);
    await cache.of(young, 160);
    const day = new Date(Date.now() - 86_400_000);
    await utimes(path, day, day);
    const before = new Date(Date.now() - 3_600_000);
    expect(await pruneThumbnails(join(folder, 'cache'), before, true)).toBe(1);
    expect((await stat(path)).isFile()).toBe(true);
    expect(await pruneThumbnails(join(folder, 'cache'), before)).toBe(1);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await pruneThumbnails(join(folder, 'cache'), before)).toBe(0);
    expect((await cache.of(old, 160)).path).toBe(path);
    expect(await pruneThumbnails(join(folder, 'nowhere'), before)).toBe(0);
  });

  it('leave nothing behind for a file that is no picture', async () => {
    const source = join(folder, 'text.jpg');
    await writeFile(source, 'text');
    await expect(cache.of(source, 160)).rejects.toBeInstanceOf(ImageDecodeError);
    const left = await readdir(join(folder, 'cache'), { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
    await expect(cache.of(join(folder, 'none.jpg'), 160)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
