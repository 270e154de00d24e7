import { stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

const MIB = 1024 * 1024;

/** Free space where a folder is or will be. */
export async function freeMiBAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(await existingFolder(folder));
  return (bavail * bsize) / MIB;
}

/** The folder itself, or the nearest one above it that is there. */
export async function existingFolder(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      await stat(path);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    }
  }
}
