import { access, constants, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { AppError } from '../../common/index.js';
import type { AppConfig } from '../config/index.js';
import { isRoot } from '../config/index.js';
import { registerSecret } from '../logging/index.js';
import { withFileLock } from '../storage/file-lock.js';
import { Cluster, CLUSTER_DATABASE, CLUSTER_USER, type ClusterOptions, type ServerAddress } from './cluster.js';
import { clusterHome } from './cluster-home.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { explainPostgresError } from './postgres-errors.js';

const LEASE_NAME = 'polarline-lease';
const MAX_RECONNECT_MS = 10_000;

/** A database to use until `release`. */
export interface DatabaseHandle {
  /** `postgresql://…`; holds a password, so it is never logged. */
  readonly url: string;
  readonly kind: 'embedded' | 'external';
  /** Gives it back; the last user of the embedded server stops it. Close pools before. Safe to call twice. */
  release(): Promise<void>;
}

export interface DatabaseLog {
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
}

type NeededConfig = Pick<AppConfig, 'database' | 'storage'>;

/**
 * The database of this installation: `database.url` (or DATABASE_URL) when set, else PostgreSQL 18 in the
 * data folder. Any number of processes may hold it at once: each keeps one connection open as its lease, so
 * a killed process gives its lease back by dying, and the last one out stops the server.
 */
export async function acquireDatabase(config: NeededConfig, log?: DatabaseLog): Promise<DatabaseHandle> {
  const { url } = config.database;
  if (url !== null) {
    registerSecret(decodeURIComponent(new URL(url).password));
    await checkExternal(url);
    return { url, kind: 'external', release: async () => undefined };
  }
  return acquireEmbeddedPostgres(
    join(config.storage.dataFolder, 'postgres'),
    { port: config.database.embeddedPort, durable: true },
    log,
  );
}

/** The embedded server of one folder, see `acquireDatabase`. */
export async function acquireEmbeddedPostgres(
  folder: string,
  options: ClusterOptions,
  log?: DatabaseLog,
): Promise<DatabaseHandle> {
  const { home, cluster } = await locate(folder, options);
  return EmbeddedLease.open(cluster, join(home, 'lock'), log);
}

/** Stops the server of a folder and removes its database for good; for demos and tests that clean up. */
export async function removeEmbeddedPostgres(folder: string): Promise<void> {
  const { home, cluster } = await locate(folder, { port: 0, durable: false });
  await withFileLock(join(home, 'lock'), () => cluster.stop());
  await rm(home, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

async function locate(folder: string, options: ClusterOptions): Promise<{ home: string; cluster: Cluster }> {
  const binaries = await findPostgresBinaries();
  // PostgreSQL runs as another user than root and must be able to walk in; the cluster itself is 0700.
  await makeFolder(folder, isRoot() ? 0o755 : 0o700);
  const home = await clusterHome(folder, binaries.serviceUser);
  return { home, cluster: new Cluster(home, binaries, options) };
}

async function makeFolder(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new AppError(
      'badInput',
      'DATA_FOLDER_UNWRITABLE',
      `storage.dataFolder: expected a folder that can be written, got ${(error as NodeJS.ErrnoException).code ?? 'an error'} at ${folder}; set storage.dataFolder or POLARLINE_DATA to one, or correct its rights`,
      { folder },
      { cause: error },
    );
  }
}

class EmbeddedLease implements DatabaseHandle {
  readonly kind = 'embedded';
  private client: pg.Client | undefined;
  private released: Promise<void> | undefined;
  private readonly stopReconnecting = new AbortController();

  private constructor(
    private readonly cluster: Cluster,
    private readonly lockPath: string,
    readonly url: string,
    private readonly log: DatabaseLog | undefined,
  ) {}

  static async open(cluster: Cluster, lockPath: string, log: DatabaseLog | undefined): Promise<EmbeddedLease> {
    return withFileLock(lockPath, async () => {
      const address = await cluster.ensureRunning();
      const lease = new EmbeddedLease(cluster, lockPath, urlOf(address), log);
      await lease.connect();
      return lease;
    });
  }

  release(): Promise<void> {
    this.released ??= this.giveBack();
    return this.released;
  }

  private async giveBack(): Promise<void> {
    this.stopReconnecting.abort();
    await withFileLock(this.lockPath, async () => {
      const others = await this.countOtherLeases();
      await this.client?.end().catch(() => undefined);
      if (others === 0) await this.cluster.stop();
    });
  }

  /** Undefined when the server does not answer: then someone stopped it already. */
  private async countOtherLeases(): Promise<number | undefined> {
    try {
      const result = await this.client?.query<{ leases: number }>(
        'SELECT count(*)::int AS leases FROM pg_stat_activity WHERE application_name = $1 AND pid <> pg_backend_pid()',
        [LEASE_NAME],
      );
      return result?.rows[0]?.leases;
    } catch {
      return undefined;
    }
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.url,
      application_name: LEASE_NAME,
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    client.once('end', () => {
      if (this.client === client && !this.stopReconnecting.signal.aborted) void this.recover();
    });
    this.client = client;
  }

  /** The server went away under us: start it again on its old port, so that pools find it. */
  private async recover(): Promise<void> {
    const { signal } = this.stopReconnecting;
    this.log?.warn('The embedded PostgreSQL went away; starting it again');
    for (let pauseMs = 250; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_RECONNECT_MS)) {
      try {
        await withFileLock(this.lockPath, async () => {
          if (signal.aborted) return;
          await this.cluster.ensureRunning();
          await this.connect();
        });
        if (!signal.aborted) this.log?.info('The embedded PostgreSQL runs again');
        return;
      } catch {
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

function urlOf({ port, password }: ServerAddress): string {
  registerSecret(password);
  return `postgresql://${CLUSTER_USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${CLUSTER_DATABASE}`;
}

async function checkExternal(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } catch (error) {
    throw explainPostgresError(error, {
      what: 'the database of database.url or DATABASE_URL',
      host: client.host,
      port: client.port,
      database: client.database ?? '',
      user: client.user ?? '',
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
