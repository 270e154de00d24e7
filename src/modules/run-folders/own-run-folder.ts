import { basename, dirname } from 'node:path';
import { badInput } from '../../common/index.js';
import type { TaskEntity } from '../tasks/task.entity.js';

/**
 * True names only: a run folder is ours when we named it and it lies where we made it.
 * @throws AppError `RUN_FOLDER_FOREIGN`
 */
export function assertOwnRunFolder(task: Pick<TaskEntity, 'id' | 'runFolder' | 'outputDir'>): void {
  const { runFolder, outputDir, id } = task;
  if (dirname(runFolder) !== outputDir || !basename(runFolder).endsWith(`_${id.slice(0, 8)}`))
    throw badInput('RUN_FOLDER_FOREIGN', `${runFolder}: expected the run folder of task ${id}; it was not removed.`);
}
