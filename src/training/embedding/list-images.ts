import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, errorMessage } from '../../common/index.js';
import { imageExtension } from '../../dataset/index.js';

/**
 * Every picture below a folder by its ending, as paths relative to it with forward slashes, sorted.
 * @throws AppError `INPUT_FOLDER_UNREADABLE`.
 */
export async function listImages(folder: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (relative: string): Promise<void> => {
    for await (const entry of await opendir(join(folder, relative))) {
      const path = relative === '' ? entry.name : `${relative}/${entry.name}`;
      if (entry.isDirectory()) await visit(path);
      else if (imageExtension(entry.name) !== null) found.push(path);
    }
  };
  try {
    await visit('');
  } catch (error) {
    throw badInput(
      'INPUT_FOLDER_UNREADABLE',
      `expected a readable folder of pictures, got ${folder}: ${errorMessage(error)}`,
      { folder },
    );
  }
  return found.sort();
}
