import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Archives for downloads; they are made again when somebody asks. */
export async function findOldArchives(archives: string, before: Date): Promise<string[]> {
  const old: string[] = [];
  const tasks = await readdir(archives, { withFileTypes: true }).catch(() => []);
  for (const task of tasks.filter((entry) => entry.isDirectory()))
    for (const entry of await readdir(join(archives, task.name), { withFileTypes: true }).catch(() => [])) {
      const path = join(archives, task.name, entry.name);
      const found = entry.isFile() ? await stat(path).catch(() => null) : null;
      if (found && found.mtimeMs < before.getTime()) old.push(path);
    }
  return old;
}
