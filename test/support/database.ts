import { randomBytes } from 'node:crypto';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';

import { acquireEmbeddedPostgres } from '../../src/infra/database/index.js';

/** A database of its own on the server that all test files share. */
export interface TestDatabase {
  readonly url: string;
  readonly name: string;
  /** Drops the database and lets the server go. Close every pool before. */
  release(): Promise<void>;
}

const FOLDER = join(tmpdir(), `polarline-test-postgres-${userInfo().username}`);
const PREFIX = 'test_';
const ABANDONED_AFTER_S = 6 * 3600;

/**
 * A fresh, empty database; one per test file. The server behind it is started by the first file and stopped
 * by the last; its folder stays, so that later runs start in a moment.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = await acquireEmbeddedPostgres(FOLDER, { port: 0, durable: false });
  const name = `${PREFIX}${Math.floor(Date.now() / 1000)}_${randomBytes(4).toString('hex')}`;
  await withAdmin(server.url, async (admin) => {
    await dropAbandoned(admin);
    await admin.query(`CREATE DATABASE ${name}`);
  });
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    name,
    release: async () => {
      await withAdmin(server.url, (admin) => admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
      await server.release();
    },
  };
}

/** Databases of runs that were killed. */
async function dropAbandoned(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datname LIKE $1', [
    `${PREFIX}%`,
  ]);
  const now = Date.now() / 1000;
  for (const { datname } of rows)
    if (now - Number(datname.split('_')[1]) > ABANDONED_AFTER_S)
      await admin.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

async function withAdmin(url: string, action: (admin: pg.Client) => Promise<unknown>): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  try {
    await action(admin);
  } finally {
    await admin.end();
  }
}
