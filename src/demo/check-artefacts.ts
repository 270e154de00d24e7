import { readdir, readFile, stat } from 'node:fs/promises';
import { parse as parseCsv } from 'csv-parse/sync';
import { errorMessage } from '../common/index.js';
import { decodeImage, RunFolder, verifyCertificate } from '../dataset/index.js';
import { createOnnxEmbedder } from '../training/engines/index.js';
import { decodeToPlanes } from '../training/transforms/index.js';

/** One thing that must be there at the end, and whether it is. */
export interface ArtefactCheck {
  readonly what: string;
  readonly path: string;
  /** Null when it is as it should be, else what is wrong. */
  readonly problem: string | null;
}

const SMALLEST_PLOT_PX = 200;

/** Looks into every file that a finished run must have left: present is not enough, it has to be usable. */
export async function checkArtefacts(runFolder: string, exampleImage: string): Promise<ArtefactCheck[]> {
  const folder = new RunFolder(runFolder);
  const results = (name: string): string => folder.path('results', name);
  const checks: [what: string, path: string, check: (path: string) => Promise<void>][] = [
    ['rejected files', folder.rejectedCsv, csvWith(['file', 'stage', 'code', 'reason'])],
    ['data set manifest', folder.manifest, jsonLines],
    ['split certificate', folder.splitCertificate, () => cleanCertificate(folder)],
    ['pixel statistics', folder.datasetMeanStd, json],
    ['model', folder.bestOnnx, (path) => embedsImages(path, exampleImage)],
    ['best weights', folder.bestWeights, notEmpty],
    ['last weights', folder.lastWeights, notEmpty],
    ['settings used', folder.configUsed, notEmpty],
    ['model pixel statistics', folder.modelMeanStd, json],
    ['training metrics', folder.metricsCsv, csvWith(['epoch', 'train_loss', 'val_map_at_r'])],
    [
      'answers',
      results('evaluation_results.csv'),
      csvWith(['image', 'true_class', 'pred_class', 'similarity', 'correct']),
    ],
    ['test metrics', results('test_metrics.json'), json],
    ['classification report', results('classification_report.csv'), csvWith([])],
    ['confusion matrix', results('confusion_matrix.csv'), csvWith([])],
    ['confusion matrix plot', results('confusion_matrix.png'), plot],
    ['class accuracy plot', results('class_accuracy.png'), plot],
    ['similarity plot', results('similarity_distribution.png'), plot],
    ['golden samples', folder.goldenSamples, hasImages],
    ['report', folder.reportHtml, selfContainedPage],
    ['summary', folder.summaryReport, json],
  ];
  const outcomes: ArtefactCheck[] = [];
  for (const [what, path, check] of checks) {
    const problem = await check(path).then(
      () => null,
      (error: unknown) => errorMessage(error),
    );
    outcomes.push({ what, path, problem });
  }
  return outcomes;
}

async function notEmpty(path: string): Promise<void> {
  const { size } = await stat(path);
  if (size === 0) throw new Error('it is empty');
}

async function json(path: string): Promise<void> {
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0)
    throw new Error('it says nothing');
}

async function jsonLines(path: string): Promise<void> {
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  if (lines.length === 0) throw new Error('it has no rows');
  for (const line of lines) JSON.parse(line);
}

function csvWith(columns: readonly string[]): (path: string) => Promise<void> {
  return async (path) => {
    const rows: string[][] = parseCsv(await readFile(path, 'utf8'));
    const [header, ...body] = rows;
    const missing = columns.filter((column) => !header?.includes(column));
    if (missing.length > 0) throw new Error(`it lacks the columns ${missing.join(', ')}`);
    if (body.length === 0) throw new Error('it has no rows');
  };
}

async function plot(path: string): Promise<void> {
  const { data, widthPx, heightPx } = await decodeImage(path);
  if (Math.min(widthPx, heightPx) < SMALLEST_PLOT_PX) throw new Error(`it is only ${widthPx} × ${heightPx} px`);
  if (data.every((value) => value === data[0])) throw new Error('it is blank');
}

/** The line has no internet: nothing may be fetched from outside. */
async function selfContainedPage(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  if (!/<\/html>\s*$/.test(text)) throw new Error('it does not end as a page does');
  const outside = /(?:src|href)="https?:/.exec(text);
  if (outside !== null) throw new Error('it fetches something from outside');
}

async function hasImages(path: string): Promise<void> {
  const files = await readdir(path, { recursive: true });
  if (!files.some((file) => /\.(jpe?g|png|bmp)$/i.test(file))) throw new Error('it holds no image');
}

async function cleanCertificate(folder: RunFolder): Promise<void> {
  const { clean, problems } = await verifyCertificate(folder, { recheckPixels: true });
  if (!clean) throw new Error(problems.join('; '));
}

/** The exported file alone turns an image into a vector of length one. */
async function embedsImages(path: string, exampleImage: string): Promise<void> {
  const embedder = await createOnnxEmbedder(path, { threads: 1 });
  try {
    const embedding = await embedder.embed(await decodeToPlanes(exampleImage, embedder.imageSizePx), 1);
    const length = Math.hypot(...embedding);
    if (Math.abs(length - 1) > 1e-3) throw new Error(`its embedding has length ${length.toFixed(4)}, expected 1`);
  } finally {
    await embedder.dispose();
  }
}
