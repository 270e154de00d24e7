import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GraphCache, type CompiledModel } from './graph-cache.js';

const model = (first: number, length = 100): CompiledModel => ({
  bytes: Uint8Array.from({ length }, (_, i) => (first + i) % 256),
  inputs: [{ name: 'images', shape: [8, 3, 32, 32] }],
  outputs: [{ name: 'loss.total', shape: [] }],
});

describe('the graph cache', () => {
  let folder: string;
  let built: string[];

  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'polarline-test-graphs-')), 'cache');
    built = [];
  });

  afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }));

  const get = (key: unknown, graph = 'step', value = model(1), limit?: number): Promise<CompiledModel> =>
    new GraphCache(folder, key, limit).get(graph, () => {
      built.push(`${JSON.stringify(key)} ${graph}`);
      return value;
    });
  const onlyFile = async (): Promise<string> => join(folder, (await readdir(folder))[0]!);

  it('builds a graph once and gives the same back afterwards', async () => {
    const first = await get({ size: 1 });
    expect(await get({ size: 1 })).toEqual(first);
    expect(built).toHaveLength(1);
    expect(await readdir(folder)).toHaveLength(1);
  });

  it('tells keys and graphs apart', async () => {
    await get({ size: 1 });
    await get({ size: 2 });
    await get({ size: 1 }, 'frozen step');
    expect(built).toHaveLength(3);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['cut short', (bytes) => bytes.subarray(0, bytes.length - 7)],
    ['changed in one bit', (bytes) => Buffer.from(bytes.map((byte, i) => (i === bytes.length - 3 ? byte ^ 1 : byte)))],
    ['empty', () => Buffer.alloc(0)],
    ['something else', () => Buffer.from('<html>not a graph</html>'.repeat(10))],
  ])('builds anew what is %s on disk, and mends the file', async (_, damage) => {
    const whole = await get('key');
    const path = await onlyFile();
    const good = await readFile(path);
    await writeFile(path, damage(good));
    expect(await get('key')).toEqual(whole);
    expect(built).toHaveLength(2);
    expect(await readFile(path)).toEqual(good);
  });

  it('does not take a whole file that was written for another key', async () => {
    await get('one', 'step', model(1));
    const one = await readFile(await onlyFile());
    await get('two', 'step', model(2));
    for (const name of await readdir(folder)) await writeFile(join(folder, name), one);
    expect((await get('two', 'step', model(2))).bytes).toEqual(model(2).bytes);
    expect(built).toHaveLength(3);
  });

  it('removes what was used longest ago beyond its limit, leftovers of interrupted writes too', async () => {
    await get('old', 'step', model(1, 4000), 10_000);
    await utimes(await onlyFile(), new Date(1000), new Date(1000));
    await writeFile(join(folder, 'half.graph.0badf00d.tmp'), Buffer.alloc(3000));
    await get('newer', 'step', model(1, 4000), 10_000);
    await get('newest', 'step', model(1, 4000), 10_000);
    built = [];
    await get('newest', 'step', model(1, 4000), 10_000);
    expect(built).toEqual([]);
    await get('old', 'step', model(1, 4000), 10_000);
    expect(built).toHaveLength(1);
  });

  it('costs nothing but time where its folder cannot be written', async () => {
    await writeFile(folder, 'a file where the folder should be');
    expect((await get('key')).bytes).toEqual(model(1).bytes);
    expect(await readFile(folder, 'utf8')).toBe('a file where the folder should be');
  });
});
