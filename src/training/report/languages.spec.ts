import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSyntheticRun, SYNTHETIC_CLASSES, thumbnailEmbedder } from '../../../test/support/synthetic-run.js';
import { silentContext } from '../../common/index.js';
import { RunFolder, type SplitCertificate } from '../../dataset/index.js';
import { REPORT_LANGUAGES, trainConfigSchema, type ReportLanguage } from '../config.js';
import { embedImages } from '../embedding/index.js';
import { evaluateRun } from '../evaluation/index.js';
import { REPORT_TEXTS, ReportTexts } from '../report-texts/index.js';
import { drawPlots, readReportData, writeReport, type ReportData } from './index.js';
import { dataSection } from './section-data.js';

let root: string;
let run: RunFolder;
let data: ReportData;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'polarline-languages-'));
  run = new RunFolder(root);
  // A wrong label gives mistakes and doubts, a pooled budget the longest sentences on thresholds.
  await makeSyntheticRun(root, {
    plant: (source) =>
      source.ok && source.index === 9 && source.classKey === SYNTHETIC_CLASSES[0]
        ? { ...source, labelled: 'Down' }
        : source,
  });
  const config = trainConfigSchema.parse({
    evaluation: {
      bootstrapSamples: 50,
      reportLanguage: 'vi',
      thresholdBudget: { kind: 'escapeRate', atMost: 0.001 },
    },
  });
  await evaluateRun({ runFolder: root, config }, silentContext(), {
    openEmbedder: async () => thumbnailEmbedder(),
    embedImages: (embedder, paths, ctx) => embedImages(embedder, paths, ctx, { loaderThreads: 1 }),
  });
  data = await readReportData(run.reportData);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function reportIn(language: ReportLanguage): Promise<string> {
  const output = join(root, `in-${language}.html`);
  await writeReport({ runFolder: root, language, output });
  return readFile(output, 'utf8');
}

/** What a reader sees as text: neither styles and pictures nor settings and other words of the program. */
function textOf(page: string): string {
  return page
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<code>.*?<\/code>/gs, '')
    .replace(/<[^>]*>/gs, '\n')
    .replaceAll('&#39;', "'");
}

describe('the report', () => {
  it('is stored in the language of evaluation.reportLanguage, and written the same from its data', async () => {
    const stored = await readFile(run.reportHtml, 'utf8');
    expect(stored).toContain('<html lang="vi">');
    expect(await reportIn('vi')).toBe(stored);
  });

  it.each(REPORT_LANGUAGES)('is all in %s', async (language) => {
    const page = await reportIn(language);
    const texts = new ReportTexts(language);
    expect(page).toContain(`<html lang="${language}">`);
    for (const key of ['section.figures', 'section.goldens', 'provenance.heading', 'chart.roc'] as const)
      expect(page).toContain(texts.t(key));
    expect(data.mistakes.total).toBeGreaterThan(0);
    expect(data.doubts.total).toBeGreaterThan(0);
    const seen = textOf(page);
    expect(seen).toContain(texts.percent(data.summary.accuracy.all.accuracy.value));
    const foreign = REPORT_LANGUAGES.filter(
      (other) => other !== language && !(isChinese(language) && isChinese(other)),
    );
    for (const other of foreign) expect([other, leftovers(seen, other, language)]).toEqual([other, []]);
  });

  it('writes a correlation below 1 as one', () => {
    const none = { total: 0, train: 0, val: 0, calibration: 0 };
    const certificate: SplitCertificate = {
      version: 1,
      seed: 42,
      validationShare: { asked: 0.2, reached: 0.2 },
      groups: none,
      sources: none,
      images: none,
      classes: [],
      nearDuplicates: {
        maxHashBits: 6,
        minCorrelation: 0.95,
        pairs: 2,
        releasedPairs: 2,
        strictestCorrelation: 0.997,
      },
      crossSplitEdges: 0,
      crossSplitEdgesByKind: { sameInstance: 0, rotatedSibling: 0, sameBytes: 0, sameGroup: 0, nearDuplicate: 0 },
      manifestDigest: '',
      digest: '',
      notes: [],
      skipped: { classes: [], images: 0 },
    };
    const texts = new ReportTexts('en');
    expect(dataSection({ texts, data: { ...data, certificate } }).toString()).toContain(
      'a correlation of at least 0.997 counted',
    );
  });

  it('separates decimals as the language does', async () => {
    const figures = async (language: ReportLanguage): Promise<string> => textOf(await reportIn(language));
    expect(await figures('vi')).not.toMatch(/\d\.\d+ ?%/);
    expect(await figures('zh-CN')).not.toMatch(/\d,\d+ ?%/);
    expect(await figures('en')).toMatch(/\d\.\d %/);
  });

  it('has a font of its own for Vietnamese letters', async () => {
    expect((await reportIn('vi')).match(/@font-face/g)).toHaveLength(6);
    expect((await reportIn('zh-TW')).match(/@font-face/g)).toHaveLength(2);
  });

  it('cannot be written from nothing, or from what is no data, and says what to do', async () => {
    const spec = { runFolder: join(root, 'nowhere'), language: 'en', output: join(root, 'x.html') } as const;
    await expect(writeReport(spec)).rejects.toMatchObject({
      code: 'REPORT_DATA_MISSING',
      message: expect.stringContaining('evaluate the run again') as unknown,
    });
    const damaged = join(root, 'damaged.json');
    await writeFile(damaged, JSON.stringify({ ...data, notes: [{ key: 'no.such.text', values: {} }] }));
    await expect(readReportData(damaged)).rejects.toMatchObject({
      message: expect.stringContaining('notes.0.key') as unknown,
    });
  });
});

describe('charts of a page', () => {
  it('hold no words, so that no machine lacks a font for them', () => {
    const [traditional, simplified] = (['zh-TW', 'zh-CN'] as const).map((language) =>
      drawPlots(data, { texts: new ReportTexts(language), words: 'beside' }),
    );
    for (const [name, { png, words }] of traditional!) {
      const other = simplified!.get(name)!;
      expect([name, Buffer.compare(png, other.png)]).toEqual([name, 0]);
      expect(words!.title).not.toBe('');
    }
    const inside = drawPlots(data, { texts: new ReportTexts('zh-TW'), words: 'inside' });
    for (const [name, { png }] of inside)
      expect([name, Buffer.compare(png, traditional!.get(name)!.png) === 0]).toEqual([name, false]);
  });
});

function isChinese(language: ReportLanguage): boolean {
  return language.startsWith('zh');
}

/** Words of another language's texts that a page shows. */
function leftovers(seen: string, other: ReportLanguage, language: ReportLanguage): string[] {
  const own = Object.values(REPORT_TEXTS[language].texts).join('\n');
  return Object.values(REPORT_TEXTS[other].texts)
    .flatMap((text) => text.split(/\{\w+\}/))
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > (isChinese(other) ? 3 : 8) && !own.includes(piece) && seen.includes(piece));
}
