import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { linkOrCopy, writeFileAtomic, writeJsonAtomic, type StepContext } from '../common/index.js';
import { mapConcurrently, PixelStatistics, removeOthers, type MeanStd, type RunFolder } from '../dataset/index.js';
import type { DatasetPlan, PlannedSource } from './plan-dataset.js';
import type { RotationEncoding } from './encode-image.js';
import type { RotationJob } from './rotation-job.js';
import { openRotationPool } from './rotation-pool.js';

/** Sources in one message to a thread, at most; a turn of the progress. */
const LARGEST_BATCH = 8;

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
  const todo = plan.sources.filter((source) => !isIn(finished)(source) || (statistics !== null && source.trains));
  const pool = openRotationPool(todo.length);
  const batchSize = Math.max(1, Math.min(LARGEST_BATCH, Math.floor(todo.length / (4 * pool.width))));
  const journal = await open(folder.datasetJournal, 'a');
  let done = plan.sources.length - todo.length;
  const work = async (batch: readonly PlannedSource[]): Promise<void> => {
    const isNew = (source: PlannedSource): boolean => !isIn(finished)(source);
    const jobs = batch.map((source) =>
      jobOf(source, folder, encoding, isNew(source), statistics !== null && source.trains ? imageSizePx : null),
    );
    const sums = await pool.run(jobs);
    for (const one of sums) if (one !== null) statistics?.add(one);
    await Promise.all(batch.filter(isNew).map((source) => linkSource(source, folder)));
    await journal.appendFile(batch.filter(isNew).map(journalLine).join(''));
    done += batch.length;
    ctx.onProgress({
      fraction: done / plan.sources.length,
      message: `${done} of ${plan.sources.length} images turned`,
    });
  };
  try {
    const results = mapConcurrently(batchesOf(todo, batchSize), work, { concurrency: pool.width, signal: ctx.signal });
    while (!(await results.next()).done);
  } finally {
    await journal.close();
    await pool.close();
  }
  ctx.signal.throwIfAborted();
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

function jobOf(
  { oriented: { image }, files }: PlannedSource,
  folder: RunFolder,
  encoding: RotationEncoding,
  isNew: boolean,
  measureAtPx: number | null,
): RotationJob {
  const turned = isNew ? files.filter((file) => file.row.rotationCwDeg !== 0) : [];
  return {
    sourcePath: image.absolutePath,
    sha256: image.sha256,
    pixelCount: image.widthPx * image.heightPx,
    targets: turned.map((file) => ({
      angleCwDeg: file.row.rotationCwDeg,
      path: inFolder(folder, file.orientedPath),
    })),
    measureAtPx,
    encoding,
  };
}

/** Links the original as its own unturned copy, and all four copies into `dataset/`. */
async function linkSource({ oriented, files }: PlannedSource, folder: RunFolder): Promise<void> {
  const upright = files.find((file) => file.row.rotationCwDeg === 0)!;
  await linkOrCopy(oriented.image.absolutePath, inFolder(folder, upright.orientedPath));
  await Promise.all(
    files.map((file) => linkOrCopy(inFolder(folder, file.orientedPath), inFolder(folder, file.row.path))),
  );
}

function* batchesOf<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
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
