import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unzipSync } from 'fflate';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { silentContext } from '../../common/index.js';
import type { Embedder } from '../embedder.js';
import { embedImages, streamEmbeddings } from './embed-images.js';
import { writeEmbeddings } from './embedding-files.js';
import { listImages } from './list-images.js';

const hasNumpy = spawnSync('python3', ['-c', 'import numpy']).status === 0;
const itWithNumpy = hasNumpy ? it : it.skip;

describe('embedding pictures', () => {
  let folder: string;
  let names: string[];
  let paths: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'polarline-embedding-'));
    await mkdir(join(folder, 'in', 'sub'), { recursive: true });
    for (const [i, name] of ['b.png', 'a.PNG', 'sub/板 1.png', 'sub/c.png', 'sub/d.png'].entries())
      await sharp({ create: { width: 6, height: 6, channels: 3, background: { r: 40 * i, g: 200 - 40 * i, b: 30 } } })
        .png()
        .toFile(join(folder, 'in', ...name.split('/')));
    await writeFile(join(folder, 'in', 'notes.txt'), 'no picture');
    names = await listImages(join(folder, 'in'));
    paths = names.map((name) => join(folder, 'in', ...name.split('/')));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('lists pictures of all sub-folders by their ending, sorted', () => {
    expect(names).toEqual(['a.PNG', 'b.png', 'sub/c.png', 'sub/d.png', 'sub/板 1.png']);
  });

  it('embeds every picture in the order given, whatever the batch size', async () => {
    const whole = await embedImages(meanColour, paths, silentContext(), { batchSize: 32 });
    expect(whole).toHaveLength(5 * 3);
    expect(await embedImages(meanColour, paths, silentContext(), { batchSize: 2 })).toEqual(whole);
    const [red, green] = [0, 200].map((value) => value / Math.hypot(0, 200, 30));
    expect(whole[3]).toBeCloseTo(red!, 5);
    expect(whole[4]).toBeCloseTo(green!, 5);
  });

  it('leaves an unreadable picture out of a stream and names it; a strict call fails', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, 'not a picture');
    const withBroken = [...paths.slice(0, 3), broken, ...paths.slice(3)];
    const batches = [];
    for await (const batch of streamEmbeddings(meanColour, withBroken, silentContext(), { batchSize: 2 }))
      batches.push(batch);
    expect(batches.flatMap(({ indices }) => [...indices])).toEqual([0, 1, 2, 4, 5]);
    expect(batches.flatMap(({ unreadable }) => [...unreadable])).toMatchObject([{ index: 3, path: broken }]);
    await expect(embedImages(meanColour, withBroken, silentContext())).rejects.toMatchObject({
      code: 'IMAGE_UNREADABLE',
    });
  });

  it('stops between two batches when aborted', async () => {
    const controller = new AbortController();
    const stream = streamEmbeddings(meanColour, paths, silentContext(controller.signal), { batchSize: 2 });
    await stream.next();
    controller.abort();
    await expect(stream.next()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('writes JSON lines that read back to the same floats', async () => {
    const output = join(folder, 'out.jsonl');
    const { written } = await writeEmbeddings(output, stream(), names, 3);
    expect(written).toBe(5);
    const rows = (await readFile(output, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { path: string; embedding: number[] });
    expect(rows.map(({ path }) => path)).toEqual(names);
    const expected = await embedImages(meanColour, paths, silentContext());
    expect(Float32Array.from(rows.flatMap(({ embedding }) => embedding))).toEqual(expected);
  });

  it('writes an npz with aligned headers, float32 rows and UTF-32 names', async () => {
    const output = join(folder, 'out.npz');
    await writeEmbeddings(output, stream(), names, 3);
    const entries = unzipSync(await readFile(output));
    const embeddings = splitNpy(entries['embeddings.npy']!);
    expect(embeddings.header).toContain("'descr': '<f4', 'fortran_order': False, 'shape': (5, 3)");
    expect(new Float32Array(embeddings.data.slice().buffer)).toEqual(
      await embedImages(meanColour, paths, silentContext()),
    );
    const texts = splitNpy(entries['paths.npy']!);
    expect(texts.header).toContain("'descr': '<U11', 'fortran_order': False, 'shape': (5,)");
    expect(texts.data).toHaveLength(5 * 11 * 4);
    expect((await readdir(folder)).filter((name) => name.startsWith('out.npz'))).toEqual(['out.npz']);
  });

  itWithNumpy(
    `writes an npz that NumPy reads${hasNumpy ? '' : ' (skipped: python3 with numpy is absent)'}`,
    async () => {
      const output = join(folder, 'numpy.npz');
      await writeEmbeddings(output, stream(), names, 3);
      const script =
        'import numpy,json,sys; f=numpy.load(sys.argv[1]); print(json.dumps([f["paths"].tolist(), str(f["embeddings"].dtype), f["embeddings"].ravel().tolist()]))';
      const { stdout } = spawnSync('python3', ['-c', script, output], { encoding: 'utf8' });
      const [paths_, dtype, values] = JSON.parse(stdout) as [string[], string, number[]];
      expect(paths_).toEqual(names);
      expect(dtype).toBe('float32');
      expect(Float32Array.from(values)).toEqual(await embedImages(meanColour, paths, silentContext()));
    },
  );

  it('refuses another ending and leaves nothing behind', async () => {
    await expect(writeEmbeddings(join(folder, 'out.csv'), stream(), names, 3)).rejects.toMatchObject({
      code: 'EMBEDDING_FORMAT_UNKNOWN',
    });
    expect(await readdir(folder)).not.toContain('out.csv');
  });

  const stream = (): ReturnType<typeof streamEmbeddings> =>
    streamEmbeddings(meanColour, paths, silentContext(), { batchSize: 2 });
});

/** Embeds a picture as its mean colour. */
const meanColour: Embedder = {
  embeddingSize: 3,
  imageSizePx: 4,
  embed: (images, count) => {
    const out = new Float32Array(count * 3);
    for (let row = 0; row < count; row++) {
      const means = [0, 1, 2].map((c) =>
        images.subarray((row * 3 + c) * 16, (row * 3 + c + 1) * 16).reduce((a, b) => a + b, 0),
      );
      means.forEach((mean, c) => (out[row * 3 + c] = mean / Math.hypot(...means)));
    }
    return Promise.resolve(out);
  },
  dispose: () => Promise.resolve(),
};

function splitNpy(bytes: Uint8Array): { header: string; data: Uint8Array } {
  const headerEnd = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  expect(headerEnd % 64).toBe(0);
  return { header: Buffer.from(bytes.subarray(0, headerEnd)).toString('latin1'), data: bytes.subarray(headerEnd) };
}
