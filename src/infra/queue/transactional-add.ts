import type { JobsOptions } from 'bullmq';

import { QUEUE_SCHEMA } from './queue-backend.js';

/** Anything that sends SQL on the connection of an open transaction: TypeORM's EntityManager, a pg client. */
export interface TransactionQuery {
  query(sql: string, parameters: unknown[]): Promise<unknown>;
}

export interface JobToAdd {
  readonly queue: string;
  readonly name: string;
  /** A second job with this id is ignored while the first is known. */
  readonly id: string;
  readonly payload: unknown;
  readonly options?: Omit<JobsOptions, 'jobId' | 'parent' | 'repeat' | 'deduplication'>;
}

/**
 * Adds a job inside the caller's PostgreSQL transaction: it becomes visible with the commit, or never, and
 * waiting workers wake at the commit. Calls the stored function that BullMQ's own client calls.
 */
export async function addJobInTransaction(
  transaction: TransactionQuery,
  { queue, name, id, payload, options = {} }: JobToAdd,
  schema: string = QUEUE_SCHEMA,
): Promise<void> {
  const { priority = 0, delay = 0, attempts = 1, lifo = false, timestamp = Date.now() } = options;
  const stored = JSON.stringify({ ...options, attempts, jobId: id });
  await transaction.query(
    `SELECT "${schema}".add_job($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, NULL, NULL, NULL, NULL, NULL, $10)`,
    [queue, id, name, JSON.stringify(payload), stored, priority, delay, timestamp, attempts, lifo],
  );
}
