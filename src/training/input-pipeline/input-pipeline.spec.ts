import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { decodeToPlanes } from '../transforms/index.js';
import type { BatchRequest } from './batch-loader.js';
import { SharedImageCache } from './image-cache.js';
import { InputPipeline, resolveLoaderThreads, type InputPipelineSpec } from './input-pipeline.js';

describe('InputPipeline', () => {
  let folder: string;
  let files: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-pipeline-'));
    files = await Promise.all(Array.from({ length: 5 }, (_, i) => writePart(join(folder, `${i}.png`), i)));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const open = (changes: Partial<InputPipelineSpec> = {}): InputPipeline =>
    new InputPipeline({ files, imageSizePx: 32, augmentation: 'polarity-v1', threads: 0, cacheMiB: 16, ...changes });
  const request = (images: number[], augmentation: BatchRequest['augmentation'] = 'none', epoch = 0): BatchRequest => ({
    items: images.map((image) => ({ image, randomKey: `7/${epoch}/${image}` })),
    augmentation,
  });

  it('gives unaugmented pictures as decodeToPlanes does, in the order asked for', async () => {
    const pipeline = open();
    const [first, second] = await collect(pipeline, [request([3, 1]), request([0])]);
    const size = 3 * 32 * 32;
    expect(first!.subarray(0, size)).toEqual(await decodeToPlanes(files[3]!, 32));
    expect(first!.subarray(size)).toEqual(await decodeToPlanes(files[1]!, 32));
    expect(second).toEqual(await decodeToPlanes(files[0]!, 32));
    await pipeline.close();
  });

  it.each(['polarity-v1', 'hoam-v1'] as const)(
    'varies a picture (%s) by its key alone, whether it comes from the disk or from memory',
    async (augmentation) => {
      const requests = [request([0, 1], augmentation), request([0, 1], augmentation, 1), request([1, 0], augmentation)];
      const cached = open({ augmentation });
      const uncached = open({ augmentation, cacheMiB: 0 });
      const [a, b, c] = await collect(cached, requests);
      expect(await collect(uncached, requests)).toEqual([a, b, c]);
      expect(b).not.toEqual(a);
      const half = a!.length / 2;
      expect(c!.subarray(0, half)).toEqual(a!.subarray(half));
      expect(uncached.cachedBytes).toBe(0);
      expect(cached.cachedBytes).toBeGreaterThan(0);
    },
  );

  it('works on from memory when a file has gone', async () => {
    const gone = await writePart(join(folder, 'gone.png'), 9);
    const pipeline = open({ files: [gone] });
    const [before] = await collect(pipeline, [request([0])]);
    await rm(gone);
    expect(await collect(pipeline, [request([0])])).toEqual([before]);
  });

  it('names a file that cannot be read', async () => {
    const missing = join(folder, 'missing.png');
    const pipeline = open({ files: [missing] });
    await expect(collect(pipeline, [request([0])])).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
      details: { path: missing },
    });
  });

  it('keeps pictures in memory only while there is room', () => {
    const cache = SharedImageCache.allocate(3, 4 * 64);
    const picture = { widthPx: 5, heightPx: 6, data: new Uint8Array(90).fill(7) };
    for (const image of [0, 1, 2]) cache.put(image, picture);
    expect([0, 1, 2].map((image) => cache.get(image) !== undefined)).toEqual([true, true, false]);
    expect(cache.get(1)).toEqual(picture);
    expect(cache.usedBytes).toBe(4 * 64);
  });

  it('uses at least one loader thread', () => {
    expect(resolveLoaderThreads(3)).toBe(3);
    expect(resolveLoaderThreads(0)).toBeGreaterThanOrEqual(1);
  });
});

async function collect(pipeline: InputPipeline, requests: BatchRequest[]): Promise<Float32Array[]> {
  const batches: Float32Array[] = [];
  for await (const batch of pipeline.batches(requests)) batches.push(batch);
  return batches;
}

async function writePart(path: string, shade: number): Promise<string> {
  const [width, height] = [40 + shade, 30];
  const pixels = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * (shade + 3)) % 251));
  await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}
