import { randomUUID } from 'node:crypto';

import pg from 'pg';

import type { PostgresSiteConfig } from '../../src/infra/config/index.js';
import { parseImageName } from '../../src/dataset/index.js';
import { createFactoryDatabase } from '../../src/demo/factory-database.js';
import { AMR_COLUMN_NAMES, type AmrRawDataRow } from '../../src/demo/line/index.js';
import { eventually } from './eventually.js';
import { createTestDatabase, type TestDatabase } from './database.js';

export interface FactoryRow {
  readonly fileName: string;
  readonly product: string | null;
  readonly site?: string;
  readonly lineId?: string;
  /** Overrides the time of the file name: `2025-03-03 08:00:00`. */
  readonly createTime?: string;
  readonly angleDeg?: number;
}

/** A full row of amr_raw_data for an image; columns that no test looks at are null. */
export function factoryRow(spec: FactoryRow): AmrRawDataRow {
  const t = timestampOf(spec.fileName);
  const day = `${t.slice(0, 4)}-${t.slice(4, 6)}-${t.slice(6, 8)}`;
  const empty = Object.fromEntries(AMR_COLUMN_NAMES.map((name) => [name, null])) as AmrRawDataRow;
  return {
    ...empty,
    uuid: randomUUID(),
    product_name: spec.product,
    site: spec.site ?? 'HPH',
    line_id: spec.lineId ?? 'V31',
    create_time: spec.createTime ?? `${day} ${t.slice(8, 10)}:${t.slice(10, 12)}:${t.slice(12, 14)}`,
    image_path: `${day}/${t}/${spec.fileName}`,
    image_name: spec.fileName,
    part_number: 'PN-1',
    angle: spec.angleDeg ?? 90,
  };
}

/** What a scan yields for a file, as far as metadata looks at it. */
export function imageToFind(fileName: string): { fileName: string; name: { timestamp: string } } {
  return { fileName, name: { timestamp: timestampOf(fileName) } };
}

function timestampOf(fileName: string): string {
  const parsed = parseImageName(fileName);
  if (!parsed.ok) throw new Error(`expected a name that parses, got ${fileName}`);
  return parsed.name.timestamp;
}

export interface TestFactory {
  readonly site: PostgresSiteConfig;
  /** Transactions that clients have run in it, once all of them have gone. */
  transactions(): Promise<number>;
  release(): Promise<void>;
}

/** A factory database with these rows and a reader that may only read. */
export async function createTestFactory(rows: readonly AmrRawDataRow[]): Promise<TestFactory> {
  const server: TestDatabase = await createTestDatabase();
  const database = `${server.name}_factory`;
  const reader = { user: `${server.name}_reader`, password: 'canary-database-password' };
  const { host, port, user, password } = await createFactoryDatabase({ adminUrl: server.url, database, reader, rows });
  return {
    site: {
      source: 'postgres',
      host,
      port,
      database,
      user,
      password,
      schema: 'public',
      table: 'amr_raw_data',
      tls: 'off',
    },
    transactions: () => withAdmin(server.url, (admin) => countTransactions(admin, database)),
    release: async () => {
      await withAdmin(server.url, async (admin) => {
        await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
        await admin.query(`DROP ROLE ${reader.user}`);
      });
      await server.release();
    },
  };
}

/** A backend hands in its figures when it ends. */
async function countTransactions(admin: pg.Client, database: string): Promise<number> {
  const count = async (sql: string): Promise<number> =>
    Number((await admin.query<{ count: string }>(sql, [database])).rows[0]!.count);
  await eventually(async () => (await count('SELECT count(*) FROM pg_stat_activity WHERE datname = $1')) === 0);
  return count('SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = $1');
}

async function withAdmin<T>(url: string, action: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    return await action(admin);
  } finally {
    await admin.end();
  }
}
