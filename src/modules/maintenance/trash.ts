import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { removeOwn } from '../../infra/storage/index.js';
import { assertOwnRunFolder } from '../results/own-run-folder.js';
import type { TaskEntity } from '../tasks/task.entity.js';

/** Beside the run folders, so that moving there is a rename on the same disk. */
const TRASH = '.polarline-trash';

type Owned = Pick<TaskEntity, 'id' | 'runFolder' | 'outputDir'>;

export function trashPathOf({ runFolder, outputDir }: Owned): string {
  return join(outputDir, TRASH, basename(runFolder));
}

/**
 * Moves a task's own run folder to the trash. Doing it again after an interruption ends in the same state;
 * a folder that is gone already is no error. @throws AppError `RUN_FOLDER_FOREIGN`
 */
export async function moveToTrash(task: Owned): Promise<void> {
  assertOwnRunFolder(task);
  const found = await lstat(task.runFolder).catch(() => null);
  if (!found) return;
  const target = trashPathOf(task);
  await mkdir(dirname(target), { recursive: true });
  await rename(task.runFolder, target);
}

/** Removes one entry of the trash for good. @throws AppError `REMOVE_OUTSIDE` for a path that is none */
export async function emptyTrash(root: string, path: string): Promise<void> {
  await removeOwn(join(root, TRASH), path);
}
