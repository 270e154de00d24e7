import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { silentContext } from '../../common/index.js';
import { loadManifest, RunFolder, type ManifestRow } from '../../dataset/index.js';
import { makeSyntheticRun, SYNTHETIC_CLASSES, thumbnailEmbedder } from '../../../test/support/synthetic-run.js';
import { readThresholds } from '../calibration/index.js';
import { trainConfigSchema } from '../config.js';
import { embedImages } from '../embedding/index.js';
import { readGoldenSet } from '../golden-samples/index.js';
import { buildCompareReport, verdict } from '../report/index.js';
import { decodeToPlanes } from '../transforms/index.js';
import { compareRuns } from './compare-runs.js';
import type { EvaluationParts } from './embed-run.js';
import { evaluateImageSet } from './evaluate-image-set.js';
import { evaluateRun } from './evaluate-run.js';
import { editGoldens } from './golden-edits.js';
import { readImageSet } from './image-set.js';
import { writeImageSetResults } from './image-set-files.js';
import { knnQuery } from './knn-query.js';
import { findClassKey, matchImage, parseOrientation, turnPlanes } from './match-image.js';
import { recoverResults } from './replace-results.js';
import { readRunConfig } from './run-config.js';

const parts: EvaluationParts = {
  openEmbedder: async () => thumbnailEmbedder(),
  embedImages: (embedder, paths, ctx) => embedImages(embedder, paths, ctx, { loaderThreads: 1 }),
};
const config = trainConfigSchema.parse({ evaluation: { bootstrapSamples: 50 } });

let root: string;
let run: string;
let rows: ManifestRow[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'polarline-standalone-'));
  run = join(root, 'run');
  rows = await makeSyntheticRun(run);
  await writeFile(new RunFolder(run).configUsed, stringify({ ...config, provenance: { node: '20' } }));
  await evaluateRun({ runFolder: run, config }, silentContext(), parts);
});
afterAll(() => rm(root, { recursive: true, force: true }));

describe('matchImage', () => {
  const match = async (row: ManifestRow, quarterTurns = 0) => {
    const embedder = thumbnailEmbedder();
    const planes = await decodeToPlanes(join(run, row.path), embedder.imageSizePx);
    return matchImage({
      planes: turnPlanes(planes, embedder.imageSizePx, quarterTurns),
      embedder,
      goldens: await readGoldenSet(new RunFolder(run).goldenSamples),
      thresholds: await readThresholds(join(run, 'results', 'thresholds.json')),
      classKey: row.classKey,
      expected: null,
    });
  };
  const original = () => rows.find((row) => row.ok && row.split === 'val' && row.rotationCwDeg === 0)!;

  it('accepts a good part as it is mounted', async () => {
    expect(await match(original())).toMatchObject({
      verdict: 'OK',
      reason: null,
      expected: 'Up',
      bestRotationCwDeg: 0,
    });
  });

  it('says that a part which lies upside down matches only when turned', async () => {
    const upsideDown = await match(original(), 2);
    expect(upsideDown).toMatchObject({
      verdict: 'NG',
      reason: 'wrongOrientation',
      pointing: 'Down',
      bestRotationCwDeg: 180,
    });
    expect(upsideDown.message).toContain('NG: points Down and not Up');
    expect(upsideDown.message).toContain('matches only when turned 180°');
  });

  it('says which way to turn it', async () => {
    expect((await match(original(), 1)).bestRotationCwDeg).toBe(270);
  });

  it('rejects a defect without offering a turn', async () => {
    const defect = await match(rows.find((row) => !row.ok && row.split === 'val')!);
    expect(defect.verdict).toBe('NG');
    expect(defect.message).not.toContain('turned');
  });

  it('knows classes by folder name and by parts, and names them all otherwise', async () => {
    const goldens = await readGoldenSet(new RunFolder(run).goldenSamples);
    expect(findClassKey(goldens, 'P2_IC1_L')).toEqual(SYNTHETIC_CLASSES[2]);
    expect(findClassKey(goldens, 'P2/IC1/L')).toEqual(SYNTHETIC_CLASSES[2]);
    expect(() => findClassKey(goldens, 'P3')).toThrow('expected one of P1_D7_R, P1_IC1_R, P2_IC1_L');
    expect(parseOrientation('left')).toBe('Left');
    expect(() => parseOrientation('sideways')).toThrow('expected one of Up, Right, Down, Left');
  });
});

describe('evaluateImageSet', () => {
  it('evaluates classes by folder, among themselves and against a gallery', async () => {
    const data = await readImageSet(join(run, 'dataset', 'val'));
    const gallery = await readImageSet(join(run, 'dataset', 'train'));
    const bootstrap = { samples: 50, confidence: 0.95, seed: 1 };
    const alone = await evaluateImageSet({ model: 'm', data, k: 1, bootstrap }, silentContext(), parts);
    expect(alone.classes).toEqual(['Down', 'Left', 'NG', 'Right', 'Up']);
    expect(alone.accuracy.value).toBe(1);
    const against = await evaluateImageSet({ model: 'm', data, gallery, k: 3, bootstrap }, silentContext(), parts);
    expect(against).toMatchObject({ images: data.length, galleryImages: gallery.length, classesNotInGallery: [] });
    expect(against.accuracy.value).toBe(1);
    const files = await writeImageSetResults(join(root, 'set'), against);
    for (const file of files) expect((await readFile(join(root, 'set', file))).length).toBeGreaterThan(0);
  });

  it('names classes that the gallery does not have', async () => {
    const data = await readImageSet(join(run, 'dataset', 'val'));
    const bootstrap = { samples: 0, confidence: 0.95, seed: 1 };
    const gallery = data
      .filter(({ label }) => label !== 'Up')
      .map((image) => ({ ...image, groupId: `g ${image.groupId}` }));
    const result = await evaluateImageSet({ model: 'm', data, gallery, k: 1, bootstrap }, silentContext(), parts);
    expect(result.classesNotInGallery).toEqual(['Up']);
    expect(result.accuracy.value).toBeLessThan(1);
  });

  it('reads the validation side of a manifest', async () => {
    const images = await readImageSet(new RunFolder(run).manifest);
    expect(images).toHaveLength(rows.filter(({ split }) => split === 'val').length);
  });

  it('takes turned copies and copies told apart by a digest for the part they show, and nothing else', async () => {
    const folder = join(root, 'copies');
    const part = '20250314101500_B1@IC1_1_TOP';
    const other = '20250314101500_B2@IC1_1_TOP';
    const files = [
      `Up/${part}.png`,
      `Right/${part}-r90.png`,
      `Down/${part}~0123456789ab-r180.png`,
      `Up/${other}.png`,
      'Up/1.png',
      'Right/1.png',
    ];
    for (const file of files) await cp(join(run, rows[0]!.path), join(folder, file));
    const images = await readImageSet(folder);
    const groups = files.map((file) => images.find(({ name }) => name === file)!.groupId);
    expect(new Set(groups.slice(0, 3)).size).toBe(1);
    expect(new Set(groups).size).toBe(4);
    // A gallery with the same file names is another set: its images are no copies of these.
    await cp(folder, join(root, 'references'), { recursive: true });
    const references = await readImageSet(join(root, 'references'));
    const groupIn = (set: typeof images): string => set.find(({ name }) => name === 'Up/1.png')!.groupId;
    expect(groupIn(references)).not.toBe(groupIn(images));
  });

  it('refuses what is no labelled set', async () => {
    await expect(readImageSet(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'DATA_MISSING' });
    await expect(readImageSet(join(run, 'dataset', 'val', 'Up'))).rejects.toMatchObject({ code: 'DATA_NOT_LABELLED' });
    await expect(readImageSet(run.replace(/run$/, 'set'))).rejects.toMatchObject({ code: 'DATA_NOT_LABELLED' });
  });
});

describe('knnQuery', () => {
  it('answers with the majority', async () => {
    const result = await knnQuery({
      query: Float32Array.from([1, 0]),
      gallery: Float32Array.from([1, 0.1, 1, 0.2, 1, 0.05, 0, 1]),
      names: ['a', 'b', 'c', 'd'],
      labels: ['x', 'x', 'y', 'y'],
      k: 3,
    });
    expect(result.answer).toBe('x');
    expect(result.neighbours.map(({ image }) => image)).toEqual(['c', 'a', 'b']);
    expect(result.agreement).toBeCloseTo(2 / 3, 12);
  });
});

describe('a person’s golden sample', () => {
  it('is used, kept by the next evaluation, and must be a training image of its class', async () => {
    const id = 'P1_IC1_R/Up_1';
    const used = (await readGoldenSet(new RunFolder(run).goldenSamples)).set.goldens.find((g) => g.id === id)!;
    const fits = (row: ManifestRow): boolean =>
      row.split === 'train' && row.label === 'Up' && row.classKey.component === 'IC1' && row.classKey.product === 'P1';
    const other = rows.find((row) => fits(row) && row.path !== used.imagePath)!;
    const evaluateWith = (imagePath: string | null) =>
      evaluateRun(
        { runFolder: run, config },
        silentContext(),
        parts,
        editGoldens(run, [{ id, imagePath, why: 'sharper' }]),
      );
    const before = await readFile(new RunFolder(run).path('results', 'golden_samples', 'manifest.json'), 'utf8');
    await evaluateWith(other.path);
    const chosen = async () =>
      (await readGoldenSet(new RunFolder(run).goldenSamples)).set.goldens.find((g) => g.id === id)!;
    expect(await chosen()).toMatchObject({ imagePath: other.path, chosenBy: 'person', why: 'sharper' });
    // It is assessed as any other: it stands for what the last one stood for.
    expect(await chosen()).toMatchObject({ represents: used.represents, health: { status: 'good' } });
    const kept = new RunFolder(run).path('results_history', '001');
    expect(await readFile(join(kept, 'golden_samples', 'manifest.json'), 'utf8')).toBe(before);
    expect(await readdir(kept)).toEqual(expect.arrayContaining(['summary_report.json', 'thresholds.json']));
    expect(await readdir(kept)).not.toContain('embeddings.safetensors');

    await evaluateRun({ runFolder: run, config }, silentContext(), parts, editGoldens(run));
    expect(await chosen()).toMatchObject({ imagePath: other.path, chosenBy: 'person' });
    expect(await readdir(new RunFolder(run).resultsHistory)).toEqual(['001']);

    await evaluateWith(null);
    expect(await chosen()).toEqual(used);
    expect(await readdir(new RunFolder(run).resultsHistory)).toEqual(['001', '002']);
    expect(await readFile(new RunFolder(run).path('results', 'golden_samples', 'manifest.json'), 'utf8')).toBe(before);

    const validation = rows.find((row) => row.split === 'val' && row.label === 'Up')!;
    await expect(evaluateWith(validation.path)).rejects.toMatchObject({ code: 'GOLDEN_IMAGE_UNSUITABLE' });
    await expect(evaluateWith('nothing.png')).rejects.toMatchObject({ code: 'GOLDEN_IMAGE_UNKNOWN' });
    expect(await readdir(run)).not.toContain('results.next');
  });

  it('ends a replacement of the results that was cut off between its renames', async () => {
    const { results, resultsStaging, summaryReport } = new RunFolder(run);
    const summary = await readFile(summaryReport, 'utf8');
    await rename(results, resultsStaging);
    await rename(summaryReport, join(resultsStaging, 'summary_report.json'));
    await recoverResults(run);
    expect(await readFile(summaryReport, 'utf8')).toBe(summary);
    expect(await readdir(results)).toContain('report.html');
    await rename(summaryReport, join(results, 'summary_report.json'));
    await recoverResults(run);
    expect(await readFile(summaryReport, 'utf8')).toBe(summary);
  });
});

describe('compareRuns', () => {
  const blurred = (): EvaluationParts => ({
    ...parts,
    // A worse model: to it, a part and the same part upside down look alike.
    embedImages: async (embedder, paths, ctx) => {
      const sharp = await parts.embedImages(embedder, paths, ctx);
      return sharp.map((x, i) => (x + sharp[i - (i % 64) + 63 - (i % 64)]!) / 2);
    },
  });

  it('finds no difference between a run and itself', async () => {
    const comparison = await compareRuns(run, run, silentContext(), parts);
    expect(comparison.images).toBe(rows.filter(({ split }) => split === 'val').length);
    expect(comparison).toMatchObject({ onlyA: 0, onlyB: 0, lost: [], won: [] });
    expect(comparison.accuracyDifference.pValue).toBe(1);
    expect(verdict(comparison)).toContain('equally well');
  });

  it('finds the answers that a worse model lost, and shows them', async () => {
    const worse = join(root, 'worse');
    await cp(run, worse, { recursive: true });
    await writeFile(new RunFolder(worse).bestOnnx, 'worse');
    await evaluateRun({ runFolder: worse, config }, silentContext(), blurred());
    const comparison = await compareRuns(run, worse, silentContext(), blurred());
    expect(comparison.lost.length).toBeGreaterThan(0);
    expect(comparison.accuracyB).toBeLessThan(comparison.accuracyA);
    expect(comparison.mapAtRDifference.mean).toBeLessThan(0);
    const page = await buildCompareReport(comparison, run, 'en');
    expect(page).toContain('data:image/jpeg;base64,');
    expect(page).toContain(comparison.lost[0]!.rowA.path);
  });

  it('refuses runs that were not evaluated or have nothing in common', async () => {
    const other = join(root, 'other');
    await makeSyntheticRun(other, { seed: 99 });
    await writeFile(new RunFolder(other).configUsed, stringify(config));
    await expect(compareRuns(run, other, silentContext(), parts)).rejects.toMatchObject({ code: 'NOT_EVALUATED' });
    await evaluateRun({ runFolder: other, config }, silentContext(), parts);
    await expect(compareRuns(run, other, silentContext(), parts)).rejects.toMatchObject({ code: 'NOTHING_IN_COMMON' });
  });
});

describe('readRunConfig', () => {
  it('reads the settings that training has left', async () => {
    expect(await readRunConfig(run)).toEqual(config);
    await expect(readRunConfig(root)).rejects.toMatchObject({ code: 'RUN_CONFIG_MISSING' });
  });
});

describe('the report', () => {
  it('needs nothing beside itself and holds what it promises', async () => {
    const page = await readFile(new RunFolder(run).reportHtml, 'utf8');
    const links = [...page.matchAll(/(?:(?:src|href)="|url\()([^")\s>]{1,40})/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((target) => !/^(data:|#)/.test(target))).toEqual([]);
    expect(page).not.toMatch(/<script|@import/);
    for (const section of [
      'Figures',
      'Thresholds',
      'Golden samples',
      'Worst mistakes',
      'Label doubts',
      'Data and split',
    ])
      expect(page).toContain(section);
    expect((await loadManifest(new RunFolder(run).manifest)).length).toBe(rows.length);
  });
});
