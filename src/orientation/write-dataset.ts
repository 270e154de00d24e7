import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, posix } from 'node:path';
import { badInput, linkOrCopy, writeFileAtomic, writeJsonAtomic, type StepContext } from '../common/index.js';
import {
  decodeImageBytes,
  ImageDecodeError,
  mapConcurrently,
  PixelStatistics,
  removeOthers,
  type ClassifiedImage,
  type MeanStd,
  type RgbImage,
  type RunFolder,
} from '../dataset/index.js';
import type { DatasetPlan, PlannedFile, PlannedSource } from './plan-dataset.js';
import type { RotationEncoding } from './encode-image.js';
import { writeRotated } from './rotate-image.js';
import { packPixels, type PackedImage } from './rotate-pixels.js';

/**
 * Makes the files of a plan: `oriented_data/`, `dataset/<split>/<label>/` (links) and returns the training
 * pixels' statistics. A journal notes every finished source, so an interrupted run goes on where it stopped
 * as long as the plan is the same; another plan, and anything the journal does not vouch for, is cleared away.
 */
export async function writePlannedFiles(
  plan: DatasetPlan,
  folder: RunFolder,
  imageSizePx: number,
  encoding: RotationEncoding,
  ctx: StepContext,
): Promise<MeanStd> {
  const finished = await prepareFolders(plan, folder);
  // Under an unchanged stamp the statistics written before are those of this plan.
  const known = finished.size > 0 ? await readJson<MeanStd>(folder.datasetMeanStd) : null;
  const statistics = known === null ? new PixelStatistics(imageSizePx) : null;
  const journal = await open(folder.datasetJournal, 'a');
  let done = 0;
  const work = async (source: PlannedSource): Promise<void> => {
    const { image } = source.oriented;
    const measures = statistics !== null && source.trains;
    const isFinished = finished.has(image.relativePath);
    if (!isFinished || measures) {
      const pixels = await decodeSource(image);
      if (!isFinished) await writeSource(source, pixels, folder, encoding);
      if (measures) await statistics.add(pixels);
    }
    if (!isFinished) await journal.write(journalLine(source));
    done++;
    ctx.onProgress({
      fraction: done / plan.sources.length,
      message: `${done} of ${plan.sources.length} images turned`,
    });
  };
  try {
    const results = mapConcurrently(plan.sources, work, {
      concurrency: availableParallelism() + 1,
      signal: ctx.signal,
    });
    while (!(await results.next()).done);
  } finally {
    await journal.close();
  }
  // In the order of the plan, so that two runs leave the same bytes.
  await writeJournal(plan.sources, folder);
  const meanStd = known ?? statistics!.result();
  await writeJsonAtomic(folder.datasetMeanStd, meanStd);
  return meanStd;
}

/** Removes everything this step makes. */
export async function removeDataset(folder: RunFolder): Promise<void> {
  await rm(folder.orientedData, { recursive: true, force: true });
  await rm(folder.dataset, { recursive: true, force: true });
  await rm(folder.datasetJournal, { force: true });
}

/** Leaves exactly the files of finished sources, and the folders for all; returns the finished sources' paths. */
async function prepareFolders(plan: DatasetPlan, folder: RunFolder): Promise<ReadonlySet<string>> {
  const stamp = await readJson<{ digest?: string }>(folder.datasetPlan);
  if (stamp?.digest !== plan.digest) await removeDataset(folder);
  const finished = await readFinished(plan, folder);
  const files = plan.sources.filter(isIn(finished)).flatMap((source) => source.files);
  await removeOthers(folder.root, 'oriented_data', new Set(files.map((file) => file.orientedPath)));
  // The certificate goes first: it says that everything else is there.
  const own = ['dataset/mean_std.json', 'dataset/manifest.jsonl'];
  await removeOthers(folder.root, 'dataset', new Set([...own, ...files.map((file) => file.row.path)]));
  const all = plan.sources.flatMap((source) => source.files.flatMap((file) => [file.orientedPath, file.row.path]));
  for (const path of new Set(all.map((one) => posix.dirname(one)))) {
    await mkdir(inFolder(folder, path), { recursive: true });
  }
  await writeJsonAtomic(folder.datasetPlan, { digest: plan.digest });
  await writeJournal(plan.sources.filter(isIn(finished)), folder);
  return finished;
}

/** One line a source whose files are all whole; what is not in here is made again after an interruption. */
async function writeJournal(sources: readonly PlannedSource[], folder: RunFolder): Promise<void> {
  await writeFileAtomic(folder.datasetJournal, sources.map(journalLine).join(''));
}

function journalLine(source: PlannedSource): string {
  return `${JSON.stringify(source.oriented.image.relativePath)}\n`;
}

/** Sources that the journal vouches for and whose files are still there. */
async function readFinished(plan: DatasetPlan, folder: RunFolder): Promise<ReadonlySet<string>> {
  const text = await readFile(folder.datasetJournal, 'utf8').catch(() => '');
  // A last line without its end was being written when the process died.
  const noted = new Set(text.split('\n').slice(0, -1));
  const finished = new Set<string>();
  for (const source of plan.sources) {
    const { relativePath } = source.oriented.image;
    if (!noted.has(JSON.stringify(relativePath))) continue;
    const paths = source.files.flatMap((file) => [file.orientedPath, file.row.path]);
    if ((await Promise.all(paths.map((path) => isThere(inFolder(folder, path))))).every(Boolean)) {
      finished.add(relativePath);
    }
  }
  return finished;
}

function isIn(finished: ReadonlySet<string>): (source: PlannedSource) => boolean {
  return (source) => finished.has(source.oriented.image.relativePath);
}

async function writeSource(
  source: PlannedSource,
  pixels: RgbImage,
  folder: RunFolder,
  encoding: RotationEncoding,
): Promise<void> {
  const packed = packPixels(pixels);
  await Promise.all(
    source.files.map(async (file) => {
      await writeOriented(source.oriented.image, packed, file, folder, encoding);
      await linkOrCopy(inFolder(folder, file.orientedPath), inFolder(folder, file.row.path));
    }),
  );
}

async function writeOriented(
  image: ClassifiedImage,
  pixels: PackedImage,
  file: PlannedFile,
  folder: RunFolder,
  encoding: RotationEncoding,
): Promise<void> {
  const target = inFolder(folder, file.orientedPath);
  if (file.row.rotationCwDeg === 0) await linkOrCopy(image.absolutePath, target);
  else await writeRotated(pixels, file.row.rotationCwDeg, target, encoding);
}

/** The pixels of an original, after a check that it is still the file that was inspected. */
async function decodeSource(image: ClassifiedImage): Promise<RgbImage> {
  let bytes: Buffer;
  try {
    bytes = await readFile(image.absolutePath);
  } catch (error) {
    throw badInput(
      'SOURCE_MISSING',
      `${image.absolutePath}: expected the image that was classified, but it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); ` +
        'put it back or start a new run',
      { path: image.absolutePath },
    );
  }
  if (createHash('sha256').update(bytes).digest('hex') !== image.sha256) {
    throw badInput(
      'SOURCE_CHANGED',
      `${image.absolutePath}: the file is not the one that was classified any more; start a new run`,
      { path: image.absolutePath },
    );
  }
  try {
    return await decodeImageBytes(bytes);
  } catch (error) {
    if (!(error instanceof ImageDecodeError)) throw error;
    throw badInput('SOURCE_BROKEN', `${image.absolutePath}: ${error.message}; inspect the input again`, {
      path: image.absolutePath,
    });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).size > 0;
  } catch {
    return false;
  }
}

async function readJson<T>(path: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return null;
  }
}

function inFolder(folder: RunFolder, path: string): string {
  return join(folder.root, ...path.split('/'));
}
