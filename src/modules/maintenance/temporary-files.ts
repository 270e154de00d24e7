import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What `replaceFileAtomic` calls a file that is being written; a killed process leaves it behind. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;
/** Where a run writes files whole. Folders of images hold links, and would take long to list. */
const FOLDERS = ['.', 'work', 'dataset', 'model', 'model/checkpoints', 'results', 'results/golden_samples'];

/** Files that a killed process left in a run folder, older than `before`. */
export async function findTemporaryFiles(runFolder: string, before: Date): Promise<string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS.map((name) => join(runFolder, ...name.split('/'))))
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => []))
      if (entry.isFile() && TEMPORARY.test(entry.name)) found.push(join(folder, entry.name));
  return olderThan(found, before);
}

/** Archives for downloads; they are made again when somebody asks. */
export async function findOldArchives(archives: string, before: Date): Promise<string[]> {
  const tasks = await readdir(archives, { withFileTypes: true }).catch(() => []);
  const files: string[] = [];
  for (const task of tasks)
    if (task.isDirectory())
      for (const entry of await readdir(join(archives, task.name), { withFileTypes: true }).catch(() => []))
        if (entry.isFile()) files.push(join(archives, task.name, entry.name));
  return olderThan(files, before);
}

async function olderThan(paths: readonly string[], before: Date): Promise<string[]> {
  const old: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found && found.mtimeMs < before.getTime()) old.push(path);
  }
  return old;
}
