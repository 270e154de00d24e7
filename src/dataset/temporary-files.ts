import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isTemporaryName } from '../common/index.js';

/** Where a run writes files whole. Folders of images hold links, and would take long to list. */
const FOLDERS = ['.', '.work', 'work', 'dataset', 'model', 'model/checkpoints', 'results', 'results/golden_samples'];

/** Half-written files that a killed process left in a run folder, last touched before `before`. */
export async function findTemporaryFiles(runFolder: string, before: Date): Promise<string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS.map((name) => join(runFolder, ...name.split('/'))))
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      if (entry.isFile() && isTemporaryName(entry.name) && (await isOlder(path, before))) found.push(path);
    }
  return found;
}

/**
 * Removes them. For whoever has just taken the run over: a predecessor that is alive after all may no longer
 * publish what it writes (`withPublishGuard`).
 */
export async function removeTemporaryFiles(runFolder: string, before: Date): Promise<void> {
  for (const path of await findTemporaryFiles(runFolder, before)) await rm(path, { force: true });
}

async function isOlder(path: string, before: Date): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && found.mtimeMs < before.getTime();
}
