import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { linkOrCopy, renameIntoPlace, writeJsonAtomic } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import type { EvaluationSummary } from './summary.js';

const digestsSchema = z.object({
  provenance: z.object({ modelDigest: z.string() }),
  goldens: z.object({ digest: z.string() }),
  thresholds: z.object({ digest: z.string() }),
});
type Digests = z.output<typeof digestsSchema>;

const SUMMARY = 'summary_report.json';
/** Kept beside the results so that judging again costs seconds; not part of what they say. */
export const EMBEDDINGS_FILE = 'embeddings.safetensors';

/** An empty folder beside `results/` in which the next results are built. */
export async function stageResults(runFolder: string): Promise<string> {
  const staging = new RunFolder(runFolder).resultsStaging;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true });
  return staging;
}

/**
 * Puts what was staged in the place of `results/` and `summary_report.json`: readers see the old results or the
 * new ones, whole. Results that said something else (another model, other golden samples, other thresholds) go to
 * `results_history/NNN`; the same said again leaves no trace.
 */
export async function commitResults(runFolder: string, summary: EvaluationSummary): Promise<void> {
  const folder = new RunFolder(runFolder);
  const staging = folder.resultsStaging;
  const cache = join(folder.results, EMBEDDINGS_FILE);
  if (await exists(cache)) await linkOrCopy(cache, join(staging, EMBEDDINGS_FILE));
  // Its presence says that everything else is there.
  await writeJsonAtomic(join(staging, SUMMARY), summary);
  await putAside(folder, summary);
  await finishCommit(folder);
}

/** Ends a commit that was interrupted between its renames. Call before results are read or made. */
export async function recoverResults(runFolder: string): Promise<void> {
  const folder = new RunFolder(runFolder);
  const isWhole = await exists(join(folder.resultsStaging, SUMMARY));
  if (isWhole && !(await exists(folder.results))) await finishCommit(folder);
  else if (await exists(join(folder.results, SUMMARY)))
    await renameIntoPlace(join(folder.results, SUMMARY), folder.summaryReport);
}

async function finishCommit(folder: RunFolder): Promise<void> {
  await renameIntoPlace(folder.resultsStaging, folder.results);
  // Last: whoever finds the summary finds everything that it lists.
  await renameIntoPlace(join(folder.results, SUMMARY), folder.summaryReport);
}

async function putAside(folder: RunFolder, next: EvaluationSummary): Promise<void> {
  if (!(await exists(folder.results))) return;
  const last = await readDigests(folder.summaryReport);
  const isWorthKeeping = last !== null && saysSomethingElse(last, next);
  if (!isWorthKeeping) {
    const old = folder.path('results.old');
    await rm(old, { recursive: true, force: true });
    await renameIntoPlace(folder.results, old, { subject: folder.results });
    await rm(old, { recursive: true, force: true });
    return;
  }
  const kept = await nextHistoryFolder(folder);
  await linkOrCopy(folder.summaryReport, join(folder.results, `${SUMMARY}.kept`));
  await renameIntoPlace(folder.results, kept, { subject: folder.results });
  await renameIntoPlace(join(kept, `${SUMMARY}.kept`), join(kept, SUMMARY));
  await rm(join(kept, EMBEDDINGS_FILE), { force: true });
}

function saysSomethingElse(last: Digests, next: Digests): boolean {
  const said = ({ provenance, goldens, thresholds }: Digests): string =>
    [provenance.modelDigest, goldens.digest, thresholds.digest].join();
  return said(last) !== said(next);
}

async function nextHistoryFolder(folder: RunFolder): Promise<string> {
  await mkdir(folder.resultsHistory, { recursive: true });
  const numbers = (await readdir(folder.resultsHistory)).map(Number).filter(Number.isInteger);
  return join(folder.resultsHistory, String(Math.max(0, ...numbers) + 1).padStart(3, '0'));
}

/** Null when there is none. Summaries of other releases have these digests, too. */
async function readDigests(path: string): Promise<Digests | null> {
  try {
    return digestsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
