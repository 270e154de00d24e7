import type { QueueName } from '../../infra/queue/index.js';
import type { JobName } from '../tasks/task-steps.js';

export { QUEUE_NAMES, type QueueName } from '../../infra/queue/index.js';

/** Which line each job waits in: processor work and GPU work have lines and limits of their own. */
export const QUEUE_OF_JOB: Readonly<Record<JobName, QueueName>> = {
  prepare: 'prepare',
  build: 'prepare',
  train: 'train',
  evaluate: 'evaluate',
};

export interface TaskPayload {
  readonly taskId: string;
}

/** What each job carries: ids only, everything else is read anew from the database. */
export type JobPayloads = Readonly<Record<JobName, TaskPayload>>;
