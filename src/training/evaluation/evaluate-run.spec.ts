import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { silentContext } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import {
  makeSyntheticRun,
  SYNTHETIC_CLASSES,
  thumbnailEmbedder,
  type SyntheticRunOptions,
} from '../../../test/support/synthetic-run.js';
import { readThresholds } from '../calibration/index.js';
import { trainConfigSchema, type TrainConfigInput } from '../config.js';
import { embedImages } from '../embedding/index.js';
import { readGoldenSet } from '../golden-samples/index.js';
import { writeSafetensors } from '../weights/index.js';
import type { EvaluationParts } from './embed-run.js';
import { evaluateRun } from './evaluate-run.js';
import { ANSWER_COLUMNS } from './result-files.js';
import { writeTaskRecord } from './task-record.js';
import { readSummary } from './read-summary.js';
import { evaluationSummarySchema, type EvaluationSummary } from './summary.js';

const parts: EvaluationParts = {
  openEmbedder: async () => thumbnailEmbedder(),
  embedImages: (embedder, paths, ctx) => embedImages(embedder, paths, ctx, { loaderThreads: 1 }),
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'polarline-evaluation-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function evaluate(
  options: SyntheticRunOptions = {},
  config: TrainConfigInput = {},
): Promise<{
  summary: EvaluationSummary;
  csv: (name: string) => Promise<Record<string, string>[]>;
  report: string;
}> {
  await makeSyntheticRun(root, options);
  const full = trainConfigSchema.parse({ evaluation: { bootstrapSamples: 100 }, ...config });
  const summary = await evaluateRun({ runFolder: root, config: full }, silentContext(), parts);
  const csv = async (name: string): Promise<Record<string, string>[]> =>
    parse(await readFile(join(root, 'results', name), 'utf8'), { columns: true });
  return { summary, csv, report: await readFile(join(root, 'results', 'report.html'), 'utf8') };
}

describe('evaluateRun', () => {
  it('gets an easy run right and leaves every file behind', async () => {
    const { summary, csv } = await evaluate();
    expect(summary.accuracy.all.accuracy.value).toBe(1);
    expect(summary.accuracy.originals.rates.overkill).toMatchObject({ seen: 12, wrong: 0 });
    expect(summary.accuracy.originals.rates.escape).toMatchObject({ seen: 6, wrong: 0 });
    expect(summary.accuracy.rotated.rates.polarityEscape).toMatchObject({ seen: 12, wrong: 0 });
    expect(summary.retrieval.originals.precisionAt1.value).toBe(1);
    expect(summary.rotationConsistency).toMatchObject({ wrong: 0, seen: 36 });
    expect(summary.labelReview.total).toBe(0);
    for (const file of summary.files) expect((await readFile(join(root, file))).length).toBeGreaterThan(0);

    const answers = await csv('evaluation_results.csv');
    expect(Object.keys(answers[0]!)).toEqual([...ANSWER_COLUMNS]);
    expect(answers).toHaveLength(3 * (4 * 4 + 2));
    const written = JSON.parse(await readFile(join(root, 'summary_report.json'), 'utf8')) as unknown;
    expect(evaluationSummarySchema.parse(written)).toEqual(written);
  });

  it('names the epoch that was exported, not the first one with the same figure', async () => {
    const folder = new RunFolder(root);
    await mkdir(dirname(folder.metricsCsv), { recursive: true });
    await writeFile(folder.metricsCsv, 'epoch,val_loss,val_map_at_r\n3,0.9,1\n9,0.1,1\n12,0.2,1\n');
    // Of equal figures the trainer keeps the one with the smallest validation loss, and says so beside the weights.
    await writeSafetensors(folder.bestWeights, new Map(), { best: JSON.stringify({ epoch: 9 }) });
    expect((await evaluate()).summary.provenance.bestEpoch).toBe(9);
    await rm(folder.bestWeights);
    expect((await evaluate()).summary.provenance.bestEpoch).toBeNull();
  });

  it('leaves a summary that can be read also without what older runs did not record, and says what that is', async () => {
    const { summary } = await evaluate();
    const path = join(root, 'summary_report.json');
    expect(await readSummary(path)).toEqual(summary);
    const { evaluatedAt: _, ...timing } = summary.timing;
    const { config: __, task: ___, ...provenance } = summary.provenance;
    await writeFile(path, JSON.stringify({ ...summary, otherwise: undefined, timing, provenance }));
    const old = await readSummary(path);
    expect(old.accuracy).toEqual(summary.accuracy);
    expect(old.notes.at(-1)).toContain('otherwise, provenance.config, provenance.task, timing.evaluatedAt');
    await writeFile(path, JSON.stringify({ ...summary, accuracy: undefined }));
    await expect(readSummary(path)).rejects.toMatchObject({
      code: 'SUMMARY_UNREADABLE',
      message: expect.stringContaining('accuracy') as unknown,
    });
  });

  it('takes golden samples from training originals wherever there are any', async () => {
    await evaluate();
    const { set } = await readGoldenSet(join(root, 'results', 'golden_samples'));
    const good = set.goldens.filter(({ role }) => role === 'ok');
    expect(good).toHaveLength(SYNTHETIC_CLASSES.length * 4);
    const natural = ['Up', 'Right', 'Down'];
    good.forEach(({ orientation, rotationCwDeg, classKey, imagePath, health }) => {
      expect(imagePath.startsWith('dataset/train/')).toBe(true);
      const mounted = natural[SYNTHETIC_CLASSES.findIndex((k) => JSON.stringify(k) === JSON.stringify(classKey))];
      expect(rotationCwDeg === 0).toBe(orientation === mounted);
      expect(health.status).toBe('good');
    });
  });

  it('uses what it embedded before when nothing has changed', async () => {
    const first = (await evaluate()).summary;
    const config = trainConfigSchema.parse({ evaluation: { bootstrapSamples: 100 } });
    const noEmbedder: EvaluationParts = { ...parts, openEmbedder: () => Promise.reject(new Error('embeds again')) };
    const second = await evaluateRun({ runFolder: root, config }, silentContext(), noEmbedder);
    expect({ ...second, timing: null }).toEqual({ ...first, timing: null });
  });

  it('keeps NG out of the classes and uses it for thresholds with ng: calibration', async () => {
    const { summary } = await evaluate({ ngMode: 'calibration' }, { data: { ng: 'calibration' } });
    expect(summary.goldens.ngReferences).toBe(0);
    expect(summary.accuracy.originals.rates.escape).toMatchObject({ seen: 6, wrong: 0 });
    expect(summary.retrieval.all.images).toBe(48);
    const thresholds = await readThresholds(join(root, 'results', 'thresholds.json'));
    expect(thresholds.fallback.escape.seen).toBe(12);
    expect(thresholds.calibratedOn).toContain('12 good and 12 NG originals');
  });

  it('says what it cannot know without NG', async () => {
    const { summary } = await evaluate({ ngPerClass: 0 });
    expect(summary.accuracy.originals.rates.escape).toEqual({ seen: 0, wrong: 0, rate: null, interval: null });
    expect(summary.notes.join(' ')).toContain('the escape rate is not known');
    expect(summary.thresholds.fallback.words).toContain('No NG seen');
  });

  it.each([
    ['only one class', { classKeys: SYNTHETIC_CLASSES.slice(0, 1) }],
    ['one training image a class', { trainPerClass: 1, valPerClass: 1, ngPerClass: 0 }],
    ['no validation image', { valPerClass: 0, ngPerClass: 0 }],
    ['only NG in validation', { valPerClass: 0 }],
  ] as [string, SyntheticRunOptions][])('works with %s', async (_, options) => {
    const { summary } = await evaluate(options);
    expect(summary.goldens.count).toBeGreaterThan(0);
    if ((options.valPerClass ?? 1) > 0) expect(summary.accuracy.originals.nearestAccuracy.value).toBe(1);
  });

  it('answers for a class that only validation has, and says that it has no golden sample', async () => {
    const { summary } = await evaluate({
      plant: (source) => (source.classKey.product === 'P2' ? { ...source, split: 'val' } : source),
    });
    expect(summary.notes.join(' ')).toContain('1 classes have validation images but no golden sample of their own');
  });

  it('refuses a run without good training images', async () => {
    await makeSyntheticRun(root, { trainPerClass: 0, valPerClass: 0 });
    const config = trainConfigSchema.parse({});
    await expect(evaluateRun({ runFolder: root, config }, silentContext(), parts)).rejects.toMatchObject({
      code: 'NO_GOLDEN_SAMPLES',
    });
  });
});

describe('the origin of a run', () => {
  it('stands in summary and report: who answered, with what settings and versions, and when', async () => {
    const answers = { P1_IC1_R: 'Up', P1_D7_R: { orientation: 'Right', symmetry: 2 }, P2_IC1_L: 'skip' };
    const task = {
      version: 1,
      taskId: 'b3f1',
      site: 'HPH',
      lineId: 'V31',
      inputDir: 'D:/line/V31',
      metadata: 'rows.csv',
      startedBy: 'key:mes',
      startedFrom: '10.0.0.7',
      startedAt: '2026-01-01T00:00:00.000Z',
      gate: { answeredBy: 'user:ann', answeredAt: '2026-01-01T00:10:00.000Z', answers },
    } as const;
    await writeTaskRecord(root, task);
    const { summary, report } = await evaluate({}, { evaluation: { bootstrapSamples: 20 } });
    expect(summary.provenance.task).toEqual(task);
    expect(summary.provenance.config).toMatchObject({ evaluation: { bootstrapSamples: 20 } });
    expect(summary.provenance.evaluatedWith).toMatchObject({ node: process.versions.node });
    for (const text of ['user:ann', '1 Jan 2026, 00:10:00 UTC', 'key:mes', 'D:/line/V31', summary.goldens.digest])
      expect(report).toContain(text);
    expect(report).not.toMatch(/(?:src|href)="(?!data:|#)|url\((?!data:)|@import/);
  });

  it('says what figures by part are worth', async () => {
    const note = /not how a part does that was not in the training/;
    const { summary, report } = await evaluate({}, { data: { labels: 'component' } });
    expect(summary.notes.join(' ')).toMatch(note);
    expect(report).toMatch(note);
    await rm(root, { recursive: true });
    expect((await evaluate()).summary.notes.join(' ')).not.toMatch(note);
  });
});

/** The part of a report that lists label doubts. */
function doubtsOf(report: string): string {
  return report.split('<h2 id="doubts">')[1]!.split('<h2')[0]!;
}

describe('planted defects', () => {
  it('finds a wrong label, in training and in validation', async () => {
    for (const index of [2, 9]) {
      const { csv, report } = await evaluate({
        plant: (source) =>
          source.ok && source.index === index && source.classKey === SYNTHETIC_CLASSES[0]
            ? { ...source, labelled: 'Down' }
            : source,
      });
      const review = await csv('label_review.csv');
      expect(review[0]!.image).toContain(`P1_IC1_R_OK${index}_0`);
      expect(doubtsOf(report)).toContain(review[0]!.image);
      const kinds = review.filter(({ image }) => image!.includes(`P1_IC1_R_OK${index}_`)).map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['neighboursDisagree']));
      expect(review.find(({ kind }) => kind === 'neighboursDisagree')).toMatchObject({
        label: 'Down',
        suggested: 'Up',
      });
      const { set } = await readGoldenSet(join(root, 'results', 'golden_samples'));
      expect(set.goldens.every(({ sourcePath }) => sourcePath !== `OK/P1_IC1_R_${index}.png`)).toBe(true);
      await rm(root, { recursive: true });
    }
  });

  it('finds a class that holds two orientations', async () => {
    const { csv, report } = await evaluate({
      trainPerClass: 10,
      plant: (source) =>
        source.ok && source.index % 3 === 0 && source.classKey === SYNTHETIC_CLASSES[1]
          ? { ...source, drawn: 'Left' }
          : source,
    });
    const mixed = (await csv('label_review.csv')).filter(({ kind }) => kind === 'mixedOrientation');
    expect(mixed.map(({ component }) => component)).toEqual(Array(5).fill('D7'));
    for (const { image } of mixed) expect(doubtsOf(report)).toContain(image);
    expect(mixed[0]!.reason).toContain('5 of 14 images of P1 D7 R look turned against the others');
  });

  it('finds a rotated sibling on the other side of the split', async () => {
    const { summary, csv, report } = await evaluate({
      plant: (source) =>
        source.ok && source.index === 8 && source.classKey === SYNTHETIC_CLASSES[0]
          ? { ...source, look: '1/P1/IC1/R/true/2' }
          : source,
    });
    const [leak] = (await csv('label_review.csv')).filter(({ kind }) => kind === 'leak');
    expect(leak!.image).toContain('P1_IC1_R_OK8_0');
    expect(doubtsOf(report)).toContain(leak!.image);
    expect(report).toContain('class="note alarm"');
    expect(leak!.evidence).toContain('P1_IC1_R_OK2_');
    expect(summary.notes.join(' ')).toContain('both sides of the split');
  });

  it('finds near-duplicates under different labels', async () => {
    const { csv } = await evaluate({
      plant: (source) =>
        source.ok && source.index === 3 && source.classKey === SYNTHETIC_CLASSES[0]
          ? { ...source, look: '1/P1/IC1/R/true/2', labelled: 'Down' }
          : source,
    });
    const twins = (await csv('label_review.csv')).filter(({ kind }) => kind === 'nearDuplicateOtherLabel');
    expect(twins.map(({ image }) => image!.replace(/.*OK(\d).*/, '$1')).sort()).toEqual(['2', '3']);
  });
});
