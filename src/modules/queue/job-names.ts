import type { JobName } from '../tasks/task-steps.js';

/** Processor work and GPU work wait in lines of their own, each with its own limit. */
export const QUEUE_NAMES = ['prepare', 'train', 'evaluate'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Which line each job waits in. */
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
export interface JobPayloads extends Record<JobName, TaskPayload> {
  prepare: TaskPayload;
  build: TaskPayload;
  train: TaskPayload;
  evaluate: TaskPayload;
}
