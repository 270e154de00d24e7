import type { QueueName } from '../../infra/queue/index.js';
import type { JobName } from '../tasks/task-steps.js';

export { QUEUE_NAMES, type QueueName } from '../../infra/queue/index.js';

/** The jobs of tasks, and the download of images, which is a task of its own kind. */
export type QueueJobName = JobName | 'download';

/** Which line each job waits in: processor work and GPU work have lines and limits of their own. */
export const QUEUE_OF_JOB: Readonly<Record<QueueJobName, QueueName>> = {
  prepare: 'prepare',
  build: 'prepare',
  train: 'train',
  evaluate: 'evaluate',
  download: 'download',
};

export interface TaskPayload {
  readonly taskId: string;
}

/** What each job carries: ids only, everything else is read anew from the database. */
export type JobPayloads = Readonly<Record<QueueJobName, TaskPayload>>;
