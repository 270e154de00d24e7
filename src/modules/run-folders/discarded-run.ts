import type { EntityManager } from 'typeorm';
import { removeOwn } from '../../infra/storage/index.js';
import { assertOwnRunFolder } from './own-run-folder.js';
import { TaskStepEntity } from '../tasks/task-step.entity.js';
import { TaskEntity } from '../tasks/task.entity.js';

/**
 * What bad input made before the gate is of no use to anyone: removes the run folder of a task that failed by it and of
 * which no step counts as finished. Call in a transaction of its own, after the one that recorded the failure; a retry
 * waits for it at the task's lock.
 * @returns false when the task stands otherwise, by a retry for one
 * @throws AppError `RUN_FOLDER_FOREIGN`, `REMOVE_OUTSIDE`
 */
export async function removeDiscardedRun(manager: EntityManager, taskId: string): Promise<boolean> {
  const task = await manager.findOne(TaskEntity, { where: { id: taskId }, lock: { mode: 'pessimistic_write' } });
  if (task?.status !== 'failed' || task.error?.kind !== 'badInput') return false;
  if (await manager.existsBy(TaskStepEntity, { taskId, status: 'finished' })) return false;
  assertOwnRunFolder(task);
  await removeOwn(task.outputDir, task.runFolder);
  return true;
}
