import {
  createPostgresBackend,
  Queue,
  QueueEvents,
  setDefaultBackendFactory,
  Worker,
  type ConnectionOptions,
  type Processor,
  type QueueOptions,
  type WorkerOptions,
} from 'bullmq';

import type { AppConfig } from '../config/index.js';
import { explainQueueError } from './queue-errors.js';

/** Processor work, GPU work and fetching from the lines wait in lines of their own, each with its own limit. */
export const QUEUE_NAMES = ['prepare', 'train', 'evaluate', 'download'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Schema of BullMQ's own tables and functions, beside ours in the same database. */
export const QUEUE_SCHEMA = 'bullmq';

export interface QueueBackendSpec {
  readonly kind: 'postgres' | 'redis';
  /** `postgresql://…` or `redis://…`. */
  readonly url: string;
  /** PostgreSQL schema; a prefix of the keys on Redis. Default `bullmq`. */
  readonly schema?: string;
  readonly lockSeconds?: number;
  readonly stalledCheckSeconds?: number;
  /** Connections of each queue or worker on PostgreSQL; they are opened when needed. Default 3. */
  readonly poolSize?: number;
}

/** The queue of an installation: Redis where `queue.redisUrl` is set, else the database itself. */
export function queueBackendSpec(config: Pick<AppConfig, 'queue'>, databaseUrl: string): QueueBackendSpec {
  const { redisUrl, lockSeconds, stalledCheckSeconds } = config.queue;
  return redisUrl === null
    ? { kind: 'postgres', url: databaseUrl, lockSeconds, stalledCheckSeconds }
    : { kind: 'redis', url: redisUrl, lockSeconds, stalledCheckSeconds };
}

/**
 * Opens queues and workers on one backend and closes them together. Handlers receive an AbortSignal only when
 * they are declared as exactly `(job, token, signal)`.
 */
export class QueueBackend {
  readonly kind: 'postgres' | 'redis';
  readonly schema: string;
  private readonly opened: { close(): Promise<void> }[] = [];

  constructor(private readonly spec: QueueBackendSpec) {
    this.kind = spec.kind;
    this.schema = spec.schema ?? QUEUE_SCHEMA;
    // The default is process-wide; it reaches every queue of this process.
    setDefaultBackendFactory(this.kind === 'postgres' ? createPostgresBackend : undefined);
  }

  /** What `connection` and `prefix` of any BullMQ class, or of `BullModule.forRoot`, are given. */
  get connectionOptions(): Pick<QueueOptions, 'connection' | 'prefix'> {
    return this.kind === 'postgres'
      ? { connection: this.postgresConnection() }
      : { connection: redisConnection(this.spec.url), prefix: this.schema };
  }

  /** Creates or updates BullMQ's tables; needed once before jobs are added in a transaction. */
  async prepare(): Promise<void> {
    const queue = this.queue('prepare');
    try {
      await queue.waitUntilReady();
    } catch (error) {
      throw explainQueueError(error, this.kind, this.spec.url);
    }
  }

  queue<Payload = unknown>(name: string, options: Partial<QueueOptions> = {}): Queue<Payload> {
    return this.keep(new Queue<Payload>(name, { ...this.connectionOptions, ...options }));
  }

  /** A worker whose lost jobs are given to another after `lockSeconds`. */
  worker<Payload = unknown>(
    name: string,
    processor: Processor<Payload>,
    options: Partial<WorkerOptions> = {},
  ): Worker<Payload> {
    const { lockSeconds = 60, stalledCheckSeconds = 30 } = this.spec;
    return this.keep(
      new Worker<Payload>(name, processor, {
        ...this.connectionOptions,
        lockDuration: lockSeconds * 1000,
        stalledInterval: stalledCheckSeconds * 1000,
        // A step is durable and safe to run twice: losing its worker is no fault of the job.
        maxStalledCount: 100,
        ...options,
      }),
    );
  }

  events(name: string): QueueEvents {
    return this.keep(new QueueEvents(name, this.connectionOptions));
  }

  /** Closes what was opened here, last first; workers wait for their running jobs. */
  async close(): Promise<void> {
    for (const one of this.opened.splice(0).reverse()) await one.close();
  }

  private keep<T extends { close(): Promise<void>; on(event: 'error', listener: () => void): unknown }>(one: T): T {
    // Without a listener a lost connection would end the process; BullMQ connects again by itself.
    one.on('error', () => undefined);
    this.opened.push(one);
    return one;
  }

  private postgresConnection(): Record<string, unknown> {
    return {
      connectionString: this.spec.url,
      schema: this.schema,
      migrate: true,
      max: this.spec.poolSize ?? 3,
      keepAlive: true,
      application_name: 'polarline-queue',
    };
  }
}

/** Fields of a `redis://` or `rediss://` URL as ioredis takes them; workers need unlimited retries. */
function redisConnection(url: string): ConnectionOptions {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    host: hostname,
    port: port === '' ? 6379 : Number(port),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    db: Number(pathname.slice(1)) || 0,
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
    maxRetriesPerRequest: null,
  };
}
