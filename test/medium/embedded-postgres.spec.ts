import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';

import {
  acquireDatabase,
  acquireEmbeddedPostgres,
  removeEmbeddedPostgres,
  type DatabaseHandle,
} from '../../src/infra/database/index.js';
import { eventually } from '../support/eventually.js';
import { compiledSources, removeCompiledSources } from '../support/compiled-sources.js';

const options = { port: 0, durable: false };
const children: ChildProcess[] = [];
const handles: DatabaseHandle[] = [];
let folder: string;
let sources: string;

beforeAll(async () => {
  const parent = mkdtempSync(join(tmpdir(), 'polarline-cluster-'));
  chmodSync(parent, 0o755);
  folder = join(parent, 'postgres');
  sources = await compiledSources();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const handle of handles.splice(0)) await handle.release();
});
afterAll(async () => {
  rmSync(join(folder, '..'), { recursive: true, force: true });
  await removeCompiledSources();
});

async function acquire(): Promise<DatabaseHandle> {
  const handle = await acquireEmbeddedPostgres(folder, options);
  handles.push(handle);
  return handle;
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

const isUp = (url: string): Promise<boolean> =>
  query(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

const postmasterPid = (): number => Number(readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

/** A process of its own that holds the database; says its URL, and releases when told `end`. */
async function startHolder(): Promise<{ child: ChildProcess; url: string; released(): Promise<void> }> {
  const script = `
    import { acquireEmbeddedPostgres } from ${JSON.stringify(`file://${sources}/infra/database/index.js`)};
    const handle = await acquireEmbeddedPostgres(${JSON.stringify(folder)}, ${JSON.stringify(options)});
    console.log(handle.url);
    process.stdin.once('data', async () => { await handle.release(); process.exit(0); });
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const released = async (): Promise<void> => {
    child.stdin.write('end\n');
    await once(child, 'exit');
  };
  return { child, url, released };
}

describe('the embedded PostgreSQL', () => {
  it('is PostgreSQL 18 in UTF-8 on the loopback interface, behind a random password that only its owner can read', async () => {
    const { url, kind } = await acquire();
    const [row] = await query<Record<string, string>>(
      url,
      `SELECT current_setting('server_version_num') AS version, current_setting('listen_addresses') AS addresses,
              current_setting('server_encoding') AS encoding, current_database() AS database`,
    );
    expect(kind).toBe('embedded');
    expect(row!.version).toMatch(/^18/);
    expect([row!.addresses, row!.encoding, row!.database]).toEqual(['127.0.0.1', 'UTF8', 'polarline']);
    const password = new URL(url).password;
    expect(password.length).toBeGreaterThanOrEqual(32);
    if (process.platform !== 'win32') expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    expect(await isUp(wrong.href)).toBe(false);
  });

  it('stops with its last user and keeps its data', async () => {
    const first = await acquire();
    await query(first.url, 'CREATE TABLE IF NOT EXISTS kept (note text)');
    await query(first.url, "INSERT INTO kept VALUES ('here')");
    await first.release();
    expect(await isUp(first.url)).toBe(false);
    expect(existsSync(join(folder, 'data', 'postmaster.pid'))).toBe(false);

    const second = await acquire();
    expect(await query(second.url, 'SELECT note FROM kept')).toEqual([{ note: 'here' }]);
  });

  it('is one server for many processes and runs until the last of them has gone', async () => {
    const [one, two] = await Promise.all([startHolder(), startHolder()]);
    const three = await acquire();
    expect(new Set([one.url, two.url, three.url]).size).toBe(1);
    await one.released();
    expect(await isUp(two.url)).toBe(true);
    await three.release();
    expect(await isUp(two.url)).toBe(true);
    await two.released();
    expect(await isUp(two.url)).toBe(false);
  });

  it('does not count a process that was killed', async () => {
    const holder = await startHolder();
    const ours = await acquire();
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    const leases = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'polarline-lease'`;
    await eventually(async () => (await query(ours.url, leases)).length === 1);
    await ours.release();
    expect(await isUp(ours.url)).toBe(false);
  });

  it('is taken over when everyone who used it was killed', async () => {
    const holder = await startHolder();
    const pid = postmasterPid();
    holder.child.kill('SIGKILL');
    await once(holder.child, 'exit');
    const ours = await acquire();
    expect(postmasterPid()).toBe(pid);
    expect(await isUp(ours.url)).toBe(true);
  });

  it('comes back on the same port after the server itself was killed under a user', async () => {
    const { url } = await acquire();
    const pid = postmasterPid();
    const pidFile = join(folder, 'data', 'postmaster.pid');
    process.kill(pid, 'SIGKILL');
    await eventually(async () => existsSync(pidFile) && postmasterPid() !== pid && (await isUp(url)));
    expect(await query(url, 'SELECT note FROM kept')).toEqual([{ note: 'here' }]);
  });

  it('recovers a stale postmaster.pid, also when another process has its number now', async () => {
    const first = await acquire();
    const pidFile = readFileSync(join(folder, 'data', 'postmaster.pid'), 'utf8');
    await first.release();
    const stale = pidFile.split('\n');
    stale[0] = String(process.pid);
    stale[2] = '1000000000';
    writeFileSync(join(folder, 'data', 'postmaster.pid'), stale.join('\n'));
    expect(await isUp((await acquire()).url)).toBe(true);
  });

  it('recovers a lock file that a killed process left behind', async () => {
    const { child } = await startHolder();
    const pid = child.pid!;
    child.kill('SIGKILL');
    await once(child, 'exit');
    const { hostname } = await import('node:os');
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid, host: hostname(), token: 'left-behind' }));
    expect(await isUp((await acquire()).url)).toBe(true);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  it('leaves a Ctrl-C of the terminal to us: the server is in a process group of its own', async () => {
    if (process.platform !== 'linux') return;
    await acquire();
    const stat = readFileSync(`/proc/${postmasterPid()}/stat`, 'utf8');
    const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
    expect(group).toBe(postmasterPid());
  });

  it('moves a cluster that its service user could not reach to the system folder, and clears forgotten ones of temporary folders', async () => {
    if (userInfo().uid !== 0) return;
    const hidden = mkdtempSync(join(tmpdir(), 'polarline-hidden-'));
    const handle = await acquireEmbeddedPostgres(join(hidden, 'postgres'), options);
    const [row] = await query<{ data_directory: string }>(handle.url, 'SHOW data_directory');
    await handle.release();
    await removeEmbeddedPostgres(join(hidden, 'postgres'));
    expect(existsSync(row!.data_directory)).toBe(false);
    const left = await acquireEmbeddedPostgres(join(hidden, 'left'), options);
    const [leftRow] = await query<{ data_directory: string }>(left.url, 'SHOW data_directory');
    await left.release();
    rmSync(hidden, { recursive: true, force: true });
    const next = mkdtempSync(join(tmpdir(), 'polarline-hidden-'));
    await (await acquireEmbeddedPostgres(join(next, 'postgres'), options)).release();
    await removeEmbeddedPostgres(join(next, 'postgres'));
    rmSync(next, { recursive: true, force: true });
    expect(existsSync(leftRow!.data_directory)).toBe(false);
    expect(row!.data_directory).toMatch(/^\/var\/lib\/polarline\/clusters\//);
  });
});

it('says which data folder it cannot write, and what to set', async () => {
  const file = join(folder, '..', 'a-file');
  writeFileSync(file, '');
  const error: unknown = await acquireEmbeddedPostgres(join(file, 'postgres'), options).catch(
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ code: 'DATA_FOLDER_UNWRITABLE', exitCode: 2 });
});

describe('acquireDatabase with an external server', () => {
  const config = (url: string): Parameters<typeof acquireDatabase>[0] => ({
    database: { url, schema: 'polarline', poolSize: 2, embeddedPort: 0 },
    storage: { dataFolder: folder, runsFolder: folder, poolFolder: folder, minimumFreeMiB: 0 },
  });

  it('uses it as it is and does not stop it', async () => {
    const { url } = await acquire();
    const external = await acquireDatabase(config(url));
    expect(external.kind).toBe('external');
    await external.release();
    expect(await isUp(url)).toBe(true);
  });

  it.each([
    [(url: URL) => (url.port = '1'), 'DATABASE_UNREACHABLE'],
    [(url: URL) => (url.password = 'wrong-secret'), 'DATABASE_LOGIN_REFUSED'],
    [(url: URL) => (url.pathname = '/absent'), 'DATABASE_MISSING'],
  ])('says what is wrong without the password (%#)', async (spoil, code) => {
    const url = new URL((await acquire()).url);
    spoil(url);
    const error: unknown = await acquireDatabase(config(url.href)).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code });
    expect((error as Error).message).not.toContain(url.password);
  });
});
