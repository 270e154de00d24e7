import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { badInput, linkOrCopy, writeJsonAtomic, type StepContext } from '../common/index.js';
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

const STAMP = 'oriented_data/plan.json';

/**
 * Makes the files of a plan: `oriented_data/`, `dataset/<split>/<label>/` (links) and returns the training
 * pixels' statistics. Files appear whole, so an interrupted run goes on where it stopped, as long as
 * the plan is the same; another plan, and anything that is not of this plan, is cleared away first.
 */
export async function writePlannedFiles(
  plan: DatasetPlan,
  folder: RunFolder,
  imageSizePx: number,
  encoding: RotationEncoding,
  ctx: StepContext,
): Promise<MeanStd> {
  await prepareFolders(plan, folder);
  const known = await readKnownStatistics(folder);
  const statistics = known === null ? new PixelStatistics(imageSizePx) : null;
  let done = 0;
  const work = async (source: PlannedSource): Promise<void> => {
    await writeSource(source, folder, encoding, statistics);
    done++;
    ctx.onProgress({
      fraction: done / plan.sources.length,
      message: `${done} of ${plan.sources.length} images turned`,
    });
  };
  // Draining: the values are of no interest, the order and the bound on memory are.
  for await (const _ of mapConcurrently(plan.sources, work, {
    concurrency: availableParallelism() + 1,
    signal: ctx.signal,
  }));
  const meanStd = known ?? statistics!.result();
  await writeJsonAtomic(folder.datasetMeanStd, meanStd);
  return meanStd;
}

/** Removes everything this step makes. */
export async function removeDataset(folder: RunFolder): Promise<void> {
  await rm(folder.orientedData, { recursive: true, force: true });
  await rm(folder.dataset, { recursive: true, force: true });
}

async function prepareFolders(plan: DatasetPlan, folder: RunFolder): Promise<void> {
  const stampPath = inFolder(folder, STAMP);
  const stamped = await readJson<{ digest?: string }>(stampPath);
  if (stamped?.digest === plan.digest) {
    const files = plan.sources.flatMap((source) => source.files);
    await removeOthers(folder.root, 'oriented_data', new Set([STAMP, ...files.map((file) => file.orientedPath)]));
    const own = ['dataset/mean_std.json', 'dataset/manifest.jsonl', 'dataset/split.json'];
    await removeOthers(folder.root, 'dataset', new Set([...own, ...files.map((file) => file.row.path)]));
    return;
  }
  await removeDataset(folder);
  await writeJsonAtomic(stampPath, { digest: plan.digest });
}

/** Under an unchanged stamp the statistics written before are those of this plan. */
async function readKnownStatistics(folder: RunFolder): Promise<MeanStd | null> {
  return readJson<MeanStd>(folder.datasetMeanStd);
}

async function writeSource(
  source: PlannedSource,
  folder: RunFolder,
  encoding: RotationEncoding,
  statistics: PixelStatistics | null,
): Promise<void> {
  const { image } = source.oriented;
  const missing: PlannedFile[] = [];
  for (const file of source.files) if (!(await isThere(inFolder(folder, file.orientedPath)))) missing.push(file);
  const measures = statistics !== null && source.trains;
  if (missing.length > 0 || measures) {
    const pixels = await decodeSource(image);
    await Promise.all(missing.map((file) => writeOriented(image, pixels, file, folder, encoding)));
    if (measures) await statistics.add(pixels);
  }
  for (const file of source.files) {
    await linkOrCopy(inFolder(folder, file.orientedPath), inFolder(folder, file.row.path));
  }
}

async function writeOriented(
  image: ClassifiedImage,
  pixels: RgbImage,
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
