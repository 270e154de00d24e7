import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { AppError, badInput, errorMessage } from '../../common/index.js';
import type { AppConfig, PostgresSiteConfig, SshConfig } from '../../infra/config/index.js';
import { explainPostgresError, isConnectionLost, type DatabaseTarget } from '../../infra/database/index.js';
import { openTunnel, type Tunnel } from '../../infra/ssh/index.js';
import type {
  ImageCount,
  ImageQuery,
  ImageToFind,
  LineImage,
  LineSource,
  MetadataPlace,
  MetadataRow,
  ProductAnswer,
} from './metadata-source.js';
import { dayOf, pathOf, resolveRows } from './resolve-rows.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const COLUMNS = 'image_path, product_name, part_number, angle, create_time, site, line_id';

/** Days are cut by the session's time zone, which is the site's. */
const OF_A_PART = `site = $1 AND line_id = $2 AND part_number = $3
  AND create_time >= $4::date AND create_time < $5::date + 1`;

type Settings = AppConfig['metadata'];

interface RawRow {
  readonly image_path: string;
  readonly product_name: string | null;
  readonly part_number: string | null;
  readonly angle: number | string | null;
  readonly day: string;
}

/** Opens the tunnel, if the site has one, and the database behind it; both are proven before this returns. */
export async function openPostgresSource(site: PostgresSiteConfig, settings: Settings): Promise<LineSource> {
  const tunnel = site.ssh === undefined ? undefined : await openSiteTunnel(site, site.ssh);
  const source = new PostgresSource(site, settings, tunnel);
  try {
    await source.check();
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

async function openSiteTunnel(site: PostgresSiteConfig, ssh: SshConfig): Promise<Tunnel> {
  const { keepAliveSeconds, connectTimeoutSeconds, knownHosts, ...login } = ssh;
  return openTunnel(
    {
      ...login,
      knownHosts: knownHosts === undefined ? undefined : await readKnownHosts(knownHosts),
      keepAliveMs: keepAliveSeconds * 1000,
      connectTimeoutMs: connectTimeoutSeconds * 1000,
    },
    { host: site.host, port: site.port },
  );
}

async function readKnownHosts(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw badInput(
      'KNOWN_HOSTS_UNREADABLE',
      `expected a readable known_hosts file at ${path}, got: ${errorMessage(error)}; correct ssh.knownHosts`,
      { path },
    );
  }
}

class PostgresSource implements LineSource {
  readonly description: string;
  private readonly pool: pg.Pool;
  private readonly target: DatabaseTarget;
  private readonly table: string;
  private closed: Promise<void> | undefined;

  constructor(
    site: PostgresSiteConfig,
    private readonly settings: Settings,
    private readonly tunnel: Tunnel | undefined,
  ) {
    const { host, port, database, user } = site;
    this.target = { what: 'the factory database', host, port, database, user };
    const through = site.ssh === undefined ? '' : `, through SSH server ${site.ssh.host}:${site.ssh.port}`;
    this.description = `the factory database ${database} at ${host}:${port}${through}`;
    this.table = `${pg.escapeIdentifier(site.schema)}.${pg.escapeIdentifier(site.table)}`;
    this.pool = new pg.Pool(poolConfig(site, settings, tunnel));
    this.pool.on('error', () => undefined);
  }

  /** Proves address, login, table, columns and rights with a query that reads no row. */
  async check(): Promise<void> {
    try {
      await this.pool.query(`SELECT ${COLUMNS} FROM ${this.table} LIMIT 0`);
    } catch (error) {
      throw this.explain(error);
    }
  }

  /** Batches are cut along time, so that each asks for few days. */
  async findProducts(images: readonly ImageToFind[], place: MetadataPlace): Promise<Map<string, ProductAnswer>> {
    const answers = new Map<string, ProductAnswer>();
    const sorted = images.toSorted((a, b) => compare(a.name.timestamp, b.name.timestamp));
    const { batchSize, parallelBatches } = this.settings;
    let next = 0;
    const takeBatches = async (): Promise<void> => {
      while (next < sorted.length) {
        const batch = sorted.slice(next, (next += batchSize));
        resolveRows(batch, await this.askPersistently(batch, place), answers);
      }
    };
    await Promise.all(Array.from({ length: parallelBatches }, takeBatches));
    return answers;
  }

  async countImages(query: ImageQuery): Promise<ImageCount> {
    const [row] = await this.readPersistently<{ images: string; products: string; first: string; last: string }>(
      `SELECT count(DISTINCT image_path) AS images, count(DISTINCT product_name) AS products,
         ${wallClock('min(create_time)')} AS first, ${wallClock('max(create_time)')} AS last
       FROM ${this.table} WHERE ${OF_A_PART}`,
      valuesOf(query),
    );
    const { images, products, first, last } = row!;
    return { images: Number(images), products: Number(products), first, last };
  }

  async listImages(query: ImageQuery, limit: number): Promise<LineImage[]> {
    const rows = await this.readPersistently<{ image_path: string; product: string | null; at: string }>(
      `SELECT image_path, min(product_name) AS product, ${wallClock('min(create_time)')} AS at
       FROM ${this.table} WHERE ${OF_A_PART}
       GROUP BY image_path ORDER BY min(create_time), image_path LIMIT $6`,
      [...valuesOf(query), limit],
    );
    return rows.map(({ image_path, product, at }) => ({ imagePath: image_path, product, capturedAt: at }));
  }

  async connect(target: { readonly host: string; readonly port: number }, signal?: AbortSignal): Promise<Duplex> {
    if (this.tunnel) return this.tunnel.connect(target, signal);
    const socket = connectTcp({ ...target, noDelay: true });
    await once(socket, 'connect', { signal }).catch((error: unknown) => {
      socket.destroy();
      throw error;
    });
    return socket;
  }

  close(): Promise<void> {
    this.closed ??= this.end();
    return this.closed;
  }

  private async end(): Promise<void> {
    await this.pool.end().catch(() => undefined);
    await this.tunnel?.close();
  }

  private askPersistently(batch: readonly ImageToFind[], place: MetadataPlace): Promise<MetadataRow[]> {
    return this.persistently(() => this.ask(batch, place), place.signal);
  }

  private readPersistently<T extends pg.QueryResultRow>(sql: string, values: unknown[]): Promise<T[]> {
    return this.persistently(async () => (await this.pool.query<T>(sql, values)).rows);
  }

  private async persistently<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        const explained = this.explain(error);
        if (explained.kind !== 'unavailable' || attempt >= this.settings.attempts) throw explained;
        await sleep(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  /** One round trip. The range of days lets the database use its index on time; each row's own day decides. */
  private async ask(batch: readonly ImageToFind[], { site, lineId }: MetadataPlace): Promise<MetadataRow[]> {
    const { rows } = await this.pool.query<RawRow>({
      name: 'find-products',
      text: `SELECT image_path, product_name, part_number, angle, to_char(create_time, 'YYYY-MM-DD') AS day
             FROM ${this.table}
             WHERE site = $1 AND line_id = $2
               AND create_time >= $3::date AND create_time < $4::date + 1
               AND image_path = ANY($5)
             ORDER BY create_time`,
      values: [site, lineId, dayOf(batch[0]!), dayOf(batch.at(-1)!), batch.map(pathOf)],
    });
    // A path begins with its capture day, so a row of another day belongs to another inspection.
    return rows.filter((row) => row.image_path.startsWith(row.day)).map(toRow);
  }

  /** A failing tunnel knows more than the database client, which only sees a closed connection. */
  private explain(error: unknown): AppError {
    const fromTunnel = isConnectionLost(error) ? this.tunnel?.failure : undefined;
    return fromTunnel ?? explainPostgresError(error, this.target);
  }
}

function valuesOf({ site, lineId, partNumber, startDate, endDate }: ImageQuery): unknown[] {
  return [site, lineId, partNumber, startDate, endDate];
}

function wallClock(expression: string): string {
  return `to_char(${expression}, 'YYYY-MM-DD HH24:MI:SS')`;
}

function poolConfig(site: PostgresSiteConfig, settings: Settings, tunnel: Tunnel | undefined): pg.PoolConfig {
  return {
    host: tunnel?.host ?? site.host,
    port: tunnel?.port ?? site.port,
    database: site.database,
    user: site.user,
    password: site.password,
    max: settings.parallelBatches,
    connectionTimeoutMillis: settings.connectTimeoutSeconds * 1000,
    query_timeout: settings.queryTimeoutSeconds * 1000,
    keepAlive: true,
    application_name: 'polarline-metadata',
    ...(site.timeZone === undefined ? {} : { options: `-c TimeZone=${site.timeZone}` }),
    ssl: site.tls === 'off' ? false : { rejectUnauthorized: site.tls === 'verify', servername: site.host },
  };
}

function toRow(row: RawRow): MetadataRow {
  const angle = row.angle === null ? NaN : Number(row.angle);
  return {
    imagePath: row.image_path,
    product: row.product_name,
    partNumber: row.part_number,
    angleDeg: Number.isFinite(angle) ? angle : null,
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
