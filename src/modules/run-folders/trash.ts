import { lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EntityManager } from 'typeorm';
import { removeOwn } from '../../infra/storage/index.js';
import { assertOwnRunFolder } from './own-run-folder.js';
import { TaskEntity } from '../tasks/task.entity.js';

/** Beside the run folders, so that moving there is a rename on the same disk. */
const TRASH = '.polarline-trash';

type Owned = Pick<TaskEntity, 'id' | 'runFolder' | 'outputDir'>;

function trashPathOf({ runFolder, outputDir }: Owned): string {
  return join(outputDir, TRASH, basename(runFolder));
}

/**
 * Moves a task's own run folder to the trash. Doing it again after an interruption ends in the same state;
 * a folder that is gone already is no error. @throws AppError `RUN_FOLDER_FOREIGN`
 */
async function moveToTrash(task: Owned): Promise<void> {
  assertOwnRunFolder(task);
  const found = await lstat(task.runFolder).catch(() => null);
  if (!found) return;
  const target = trashPathOf(task);
  await mkdir(dirname(target), { recursive: true });
  await rename(task.runFolder, target);
}

/**
 * Takes a locked task away: its folder goes to the trash and its row is removed, in one transaction with the row of the
 * trash. Returns where the folder lies now. @throws AppError `RUN_FOLDER_FOREIGN`
 */
export async function trashTask(manager: EntityManager, task: Owned, now: Date): Promise<string> {
  await moveToTrash(task);
  const path = trashPathOf(task);
  await noteTrash(manager, task, path, now);
  await manager.delete(TaskEntity, { id: task.id });
  return path;
}

/**
 * Notes that nothing may lie any more where a task's folder was. Its worker hears of the end seconds later, and may make
 * the folder anew until then.
 */
export async function noteLeftovers(manager: EntityManager, task: Owned, now: Date): Promise<void> {
  await noteTrash(manager, task, task.runFolder, now);
}

async function noteTrash(manager: EntityManager, task: Owned, path: string, now: Date): Promise<void> {
  await manager.query(
    `INSERT INTO trash (path, root, original_path, task_id, trashed_at) VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (path) DO NOTHING`,
    [path, task.outputDir, task.runFolder, task.id, now],
  );
}

/** Removes a folder that `noteLeftovers` noted. @throws AppError `RUN_FOLDER_FOREIGN` */
export async function removeLeftovers(task: Owned): Promise<void> {
  assertOwnRunFolder(task);
  await removeOwn(task.outputDir, task.runFolder);
}

/** Removes one entry of the trash for good. @throws AppError `REMOVE_OUTSIDE` for a path that is none */
export async function emptyTrash(root: string, path: string): Promise<void> {
  await removeOwn(join(root, TRASH), path);
}
