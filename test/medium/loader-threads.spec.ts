import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadManifest, type RunFolder } from '../../src/dataset/index.js';
import { buildTinyDataset } from '../support/tiny-dataset.js';

const built = pathToFileURL(
  fileURLToPath(new URL('../../dist/training/input-pipeline/index.js', import.meta.url)),
).href;

/** Loads two epochs with every number of threads and prints what came; it ends by itself only if the threads do. */
const SCRIPT = `
import { createHash } from 'node:crypto';
import { InputPipeline } from ${JSON.stringify(built)};
const { files, missing } = JSON.parse(process.argv[2]);
const outcome = { digests: [] };
for (const threads of [0, 1, 3]) {
  for (const augmentation of ['polarity-v2', 'hoam-v1']) {
    const pipeline = new InputPipeline({ files, imageSizePx: 32, augmentation, threads, cacheMiB: 1 });
    const hash = createHash('sha256');
    for (const epoch of [0, 1]) {
      const requests = Array.from({ length: 5 }, (_, b) => ({
        augmentation,
        items: Array.from({ length: 4 }, (_, i) => ({ image: b * 4 + i, randomKey: [epoch, b, i].join('/') })),
      }));
      for await (const images of pipeline.batches(requests)) hash.update(images);
    }
    await pipeline.close();
    outcome.digests.push({ threads, augmentation, digest: hash.digest('hex') });
  }
}
const broken = new InputPipeline({ files: [missing], imageSizePx: 32, augmentation: 'none', threads: 1, cacheMiB: 1 });
try {
  for await (const _ of broken.batches([{ augmentation: 'none', items: [{ image: 0, randomKey: '' }] }]));
} catch ({ name, kind, code, details }) {
  outcome.error = { name, kind, code, details };
}
await broken.close();
// A consumer that leaves early must be able to close at once.
const left = new InputPipeline({ files, imageSizePx: 32, augmentation: 'none', threads: 2, cacheMiB: 1 });
for await (const _ of left.batches(Array(9).fill({ augmentation: 'none', items: [{ image: 0, randomKey: '' }] }))) break;
await left.close();
console.log(JSON.stringify(outcome));
`;

interface Outcome {
  readonly digests: readonly { threads: number; augmentation: string; digest: string }[];
  readonly error: unknown;
}

describe('loader threads', () => {
  let root: string;
  let folder: RunFolder;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'polarline-loaders-'));
    folder = await buildTinyDataset(root, { trainSources: 5, valSources: 0 });
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  it('give the same batches for any number of threads, carry errors across, and end when closed', async () => {
    const files = (await loadManifest(folder.manifest)).map(({ path }) => folder.path(...path.split('/')));
    const missing = join(root, 'missing.png');
    const script = join(root, 'load.mjs');
    await writeFile(script, SCRIPT);
    const output = execFileSync(process.execPath, [script, JSON.stringify({ files, missing })], { encoding: 'utf8' });
    const { digests, error } = JSON.parse(output) as Outcome;
    for (const recipe of ['polarity-v2', 'hoam-v1'])
      expect(
        new Set(digests.filter(({ augmentation }) => augmentation === recipe).map(({ digest }) => digest)).size,
      ).toBe(1);
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(2);
    expect(error).toMatchObject({
      name: 'AppError',
      kind: 'badInput',
      code: 'IMAGE_UNREADABLE',
      details: { path: missing },
    });
  });
});
