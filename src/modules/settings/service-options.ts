import type { QueueName } from '../queue/job-names.js';

/** What a start of the service may be told beyond configs.yaml. */
export interface ServiceOptions {
  /** A configs.yaml in place of the one in the configuration folder. */
  readonly configPath?: string;
  /** Assignments such as `server.port=0`, laid over configs.yaml. */
  readonly overrides?: readonly string[];
  /** Serve REST and pages. Default true. */
  readonly http?: boolean;
  /** Who does the work: a child process, this process, or nobody here. Default `child`. */
  readonly worker?: 'child' | 'inProcess' | 'none';
}

export interface WorkerOptions {
  readonly configPath?: string;
  readonly overrides?: readonly string[];
  /** Which lines to take jobs from; default all three. */
  readonly queues?: readonly QueueName[];
  /** Jobs at a time by line; default from configs.yaml. */
  readonly concurrency?: Readonly<Partial<Record<QueueName, number>>>;
}
