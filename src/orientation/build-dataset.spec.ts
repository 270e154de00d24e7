import { describe, expect, it } from '@jest/globals';
import { appendFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentContext, type StepContext } from '../common/index.js';
import { decodeImage, linkRawData, loadManifest, RunFolder, verifyCertificate } from '../dataset/index.js';
import { classify } from '../../test/support/classify.js';
import { folderWith, picture, temporaryFolder } from '../../test/support/input-folder.js';
import { buildDataset, type BuildDatasetSpec } from './build-dataset.js';
import { packPixels, packedBytes, rotatePixels } from './rotate-pixels.js';

const CONFIG = {
  validationShare: 0.25,
  labels: 'orientation',
  ng: 'class',
  nearDuplicateBits: 8,
  imageSizePx: 16,
} as const;
const ANSWERS = { P_C1_R: 'Up', P_C2_R: 'Right' };

async function inputFolder(): Promise<string> {
  const files: Record<string, Buffer> = {};
  for (let i = 0; i < 8; i++) {
    const format = i % 4 === 0 ? 'png' : 'jpeg';
    const component = i % 2 === 0 ? 'C1' : 'C2';
    const extension = format === 'png' ? 'png' : 'jpg';
    files[`OK/20240101120000_b${i}@${component}_1_R.${extension}`] = await picture(`ok ${i}`, format);
  }
  // The same name twice, in two folders.
  files['OK/again/20240101120000_b1@C2_1_R.jpg'] = await picture('again');
  for (let i = 0; i < 4; i++) files[`NG/20240101120000_n${i}@C1_1_R.jpg`] = await picture(`ng ${i}`);
  return folderWith(files);
}

async function prepare(changes: Partial<BuildDatasetSpec> = {}): Promise<BuildDatasetSpec> {
  const inputDir = await inputFolder();
  const images = await classify(inputDir);
  const runFolder = await temporaryFolder();
  return { runFolder, inputDir, images, answers: ANSWERS, config: CONFIG, seed: 42, ...changes };
}

/** Every file below a folder with its size, sorted. */
async function listing(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  const lines = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(root, name));
      return found.isFile() ? [`${name} ${found.size}`] : [];
    }),
  );
  return lines.flat().sort();
}

async function contents(root: string): Promise<Record<string, string>> {
  const files = (await listing(root)).map((line) => line.replace(/ \d+$/, ''));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (name) => [name, (await readFile(join(root, name))).toString('base64')] as const),
    ),
  );
}

describe('buildDataset', () => {
  it('turns every image four ways and lays out what the manifest says', async () => {
    const spec = await prepare();
    const before = await contents(spec.inputDir);
    const { certificate, labels, meanStd } = await buildDataset(spec, silentContext());
    const folder = new RunFolder(spec.runFolder as string);
    const rows = await loadManifest(folder.manifest);
    expect(rows).toHaveLength(13 * 4);
    expect(new Set(rows.map((row) => row.path)).size).toBe(rows.length);
    for (const row of rows) expect((await stat(join(folder.root, row.path))).size).toBeGreaterThan(0);
    expect(labels).toEqual(['Down', 'Left', 'NG', 'Right', 'Up']);
    expect((await readdir(folder.orientedData)).sort()).toEqual(labels);
    expect(certificate).toMatchObject({ crossSplitEdges: 0, images: { total: 52, calibration: 0 } });
    expect(await verifyCertificate(folder, { recheckPixels: true })).toMatchObject({ clean: true, problems: [] });
    expect(meanStd).toMatchObject({ imageSizePx: 16, imageCount: certificate.sources.train });
    expect(await contents(spec.inputDir)).toEqual(before);
  });

  it('gives each copy the turn and the orientation that its pixels have', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    const rows = await loadManifest(new RunFolder(spec.runFolder as string).manifest);
    const png = rows.filter((row) => row.sourcePath.endsWith('b0@C1_1_R.png'));
    const turned = Object.fromEntries(png.map((row) => [row.rotationCwDeg, row.orientation]));
    expect(turned).toEqual({ 0: 'Up', 90: 'Right', 180: 'Down', 270: 'Left' });
    const original = packPixels(await decodeImage(join(spec.inputDir, png[0]!.sourcePath)));
    for (const row of png) {
      const copy = packPixels(await decodeImage(join(spec.runFolder as string, row.path)));
      expect(packedBytes(copy)).toEqual(packedBytes(rotatePixels(original, row.rotationCwDeg)));
    }
    expect(rows.filter((row) => !row.ok).every((row) => row.orientation === null && row.label === 'NG')).toBe(true);
  });

  it('gives the same bytes for the same seed, and another split for another', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    const again = { ...spec, runFolder: await temporaryFolder(), images: [...spec.images].reverse() };
    await buildDataset(again, silentContext());
    expect(await contents(again.runFolder)).toEqual(await contents(spec.runFolder as string));
  });

  it('ends in the same state after being stopped anywhere and run again', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    const whole = await contents(spec.runFolder as string);
    for (const stopAfter of [1, 2, 4]) {
      const runFolder = await temporaryFolder();
      const stopper = new AbortController();
      let calls = 0;
      const ctx: StepContext = {
        ...silentContext(stopper.signal),
        onProgress: () => (++calls > stopAfter ? stopper.abort() : undefined),
      };
      await expect(buildDataset({ ...spec, runFolder }, ctx)).rejects.toMatchObject({ name: 'AbortError' });
      await expect(verifyCertificate(runFolder)).rejects.toMatchObject({ code: 'CERTIFICATE_MISSING' });
      // What a kill leaves: a torn journal line, a torn image, a stray file.
      await appendFile(new RunFolder(runFolder).datasetJournal, '"OK/20240101120000_b5').catch(() => undefined);
      await writeFile(join(runFolder, 'oriented_data', 'stray.tmp'), 'x').catch(() => undefined);
      await buildDataset({ ...spec, runFolder }, silentContext());
      expect(await contents(runFolder)).toEqual(whole);
    }
  });

  it('does not redo finished images, and remakes one that was lost', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    const folder = new RunFolder(spec.runFolder as string);
    const rows = await loadManifest(folder.manifest);
    const [lost, kept] = rows.filter((row) => row.rotationCwDeg === 90);
    const keptBefore = (await stat(join(folder.root, kept!.path))).ino;
    await rm(join(folder.root, lost!.path));
    await buildDataset(spec, silentContext());
    expect((await stat(join(folder.root, lost!.path))).size).toBeGreaterThan(0);
    expect((await stat(join(folder.root, kept!.path))).ino).toBe(keptBefore);
  });

  it('clears away what other answers left', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    await buildDataset({ ...spec, answers: { P_C1_R: 'skip', P_C2_R: 'Up' } }, silentContext());
    const rows = await loadManifest(new RunFolder(spec.runFolder as string).manifest);
    expect(rows.some((row) => row.classKey.component === 'C1')).toBe(false);
    const files = (await listing(join(spec.runFolder as string, 'dataset'))).filter((name) => /jpg|png/.test(name));
    expect(files).toHaveLength(rows.length);
  });

  it('keeps NG out of training when it is for calibration', async () => {
    const spec = await prepare({ config: { ...CONFIG, ng: 'calibration' } });
    const { certificate, labels } = await buildDataset(spec, silentContext());
    expect(labels).not.toContain('NG');
    const rows = await loadManifest(new RunFolder(spec.runFolder as string).manifest);
    expect(rows.filter((row) => !row.ok && row.split === 'train')).toEqual([]);
    expect(certificate.images.calibration).toBeGreaterThan(0);
    expect(await verifyCertificate(spec.runFolder)).toMatchObject({ clean: true });
  });

  it('labels class by orientation when asked to', async () => {
    const spec = await prepare({ config: { ...CONFIG, labels: 'component' } });
    const { labels } = await buildDataset(spec, silentContext());
    expect(labels).toEqual([
      'NG',
      ...['P_C1_R', 'P_C2_R'].flatMap((one) => ['Down', 'Left', 'Right', 'Up'].map((o) => `${one}_${o}`)),
    ]);
  });

  it('gives a symmetric part one label for every two views that look the same', async () => {
    const answers = { P_C1_R: { orientation: 'Down', symmetry: 2 }, P_C2_R: 'skip' };
    const spec = await prepare({ answers });
    await buildDataset(spec, silentContext());
    const rows = await loadManifest(new RunFolder(spec.runFolder as string).manifest);
    const labels = rows.filter((row) => row.ok).map((row) => `${row.rotationCwDeg} ${row.label}`);
    expect(new Set(labels)).toEqual(new Set(['0 Up', '90 Right', '180 Up', '270 Right']));
  });

  it.each([
    ['all classes skipped', { answers: { P_C1_R: 'skip', P_C2_R: 'skip' } }, 'NOTHING_TO_TRAIN'],
    ['unknown classes', { answers: { ...ANSWERS, X: 'Up' } }, 'ANSWERS_INVALID'],
    ['missing answers', { answers: { P_C1_R: 'Up' } }, 'ANSWERS_INVALID'],
  ])('refuses %s and leaves nothing', async (_name, changes, code) => {
    const spec = await prepare(changes);
    await expect(buildDataset(spec, silentContext())).rejects.toMatchObject({ code, exitCode: 2 });
    expect(await listing(spec.runFolder as string)).toEqual([]);
  });

  it('refuses one class with one image, one label, an output inside the input, and changed sources', async () => {
    const spec = await prepare();
    const one = spec.images.filter((image) => image.name.board === 'b0');
    const single = { ...spec, images: one, answers: { P_C1_R: 'Up' } };
    await expect(buildDataset(single, silentContext())).rejects.toMatchObject({ code: 'NOTHING_TO_VALIDATE' });
    const good = spec.images.filter((image) => image.ok);
    const round = { orientation: 'Up', symmetry: 4 };
    const oneLabel = { ...spec, images: good, answers: { P_C1_R: round, P_C2_R: round } };
    await expect(buildDataset(oneLabel, silentContext())).rejects.toMatchObject({ code: 'ONE_LABEL' });
    const inside = { ...spec, runFolder: join(spec.inputDir, 'run') };
    await expect(buildDataset(inside, silentContext())).rejects.toMatchObject({ code: 'OUTPUT_INSIDE_INPUT' });
    await writeFile(good[0]!.absolutePath, await picture('changed'));
    await expect(buildDataset(spec, silentContext())).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('notices a manifest that was changed after the certificate', async () => {
    const spec = await prepare();
    await buildDataset(spec, silentContext());
    const folder = new RunFolder(spec.runFolder as string);
    const text = await readFile(folder.manifest, 'utf8');
    const [first, ...rest] = text.split('\n');
    const row = JSON.parse(first!) as { split: string };
    const moved = { ...row, split: row.split === 'val' ? 'train' : 'val' };
    await rm(folder.manifest);
    await writeFile(folder.manifest, [JSON.stringify(moved), ...rest].join('\n'));
    const check = await verifyCertificate(folder);
    expect(check.clean).toBe(false);
    expect(check.crossSplitEdges).toMatchObject({ rotatedSibling: 1, sameBytes: 1 });
  });
});

describe('linkRawData', () => {
  it('links every image by class, same names apart, and again to the same end', async () => {
    const spec = await prepare();
    const paths = await linkRawData(spec.images, spec.runFolder);
    expect(new Set(paths).size).toBe(spec.images.length);
    const first = await listing(spec.runFolder as string);
    await writeFile(join(spec.runFolder as string, 'raw_data', 'P_C1_R', 'stray.jpg'), 'x');
    expect(await linkRawData(spec.images, spec.runFolder)).toEqual(paths);
    expect(await listing(spec.runFolder as string)).toEqual(first);
  });

  it('names an image that was moved away since it was found, and says what to do', async () => {
    const spec = await prepare();
    const moved = spec.images.at(-1)!;
    await rm(moved.absolutePath);
    await expect(linkRawData(spec.images, spec.runFolder)).rejects.toMatchObject({
      kind: 'badInput',
      code: 'INPUT_CHANGED',
      message: expect.stringMatching(/^.*no longer there.*retry the task/),
      details: { path: moved.relativePath },
    });
  });
});
