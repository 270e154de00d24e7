import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import { AppError, errorMessage, writeFileAtomic } from '../../common/index.js';
import { childEnvironment } from '../config/index.js';
import { isProcessAlive } from '../storage/file-lock.js';
import type { PostgresBinaries } from './postgres-binaries.js';

export const CLUSTER_USER = 'polarline';
export const CLUSTER_DATABASE = 'polarline';
const MAJOR_VERSION = '18';
const START_SECONDS = 60;
const STOP_SECONDS = 30;
const START_ATTEMPTS = 5;

export interface ClusterOptions {
  /** Port to try first; 0 keeps the one of the last start, or takes a free one. */
  readonly port: number;
  /** False gives up durability for speed: tests and demos only. */
  readonly durable: boolean;
}

/** Address of a running server. */
export interface ServerAddress {
  readonly port: number;
  readonly password: string;
}

/**
 * One PostgreSQL cluster in one folder: created, started and stopped with PostgreSQL's own `initdb` and
 * `pg_ctl`, which detach the server from our process and its Ctrl-C. Callers hold the folder's lock.
 */
export class Cluster {
  private readonly dataFolder: string;

  constructor(
    private readonly home: string,
    private readonly binaries: PostgresBinaries,
    private readonly options: ClusterOptions,
  ) {
    this.dataFolder = join(home, 'data');
  }

  /** The running server; started, and created if need be, when there is none. */
  async ensureRunning(): Promise<ServerAddress> {
    await this.ensureCreated();
    const password = await this.readPassword();
    const running = await this.findRunning(password);
    if (running !== undefined) return running;
    const address = await this.start(password);
    await createDatabase(address);
    return address;
  }

  /** The running server, waiting while it starts or stops; undefined when there is none. */
  async findRunning(password?: string): Promise<ServerAddress | undefined> {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      const pidFile = await this.readPidFile();
      if (pidFile === undefined) return undefined;
      const secret = password ?? (await this.readPassword());
      const answer = await probe({ port: pidFile.port, password: secret }, this.dataFolder);
      if (answer === 'ours') return { port: pidFile.port, password: secret };
      if (answer === 'foreign' || !isProcessAlive(pidFile.pid) || (await pidFile.isStale())) {
        await this.removeStalePidFile(pidFile.pid, await pidFile.isStale());
        return undefined;
      }
      if (Date.now() > deadline) throw this.failure('a server that answers', 'one that is busy for a minute');
      await sleep(100);
    }
  }

  /** Stops the server, cleanly if it can, and returns when it is gone. */
  async stop(): Promise<void> {
    if ((await this.readPidFile()) === undefined) return;
    const stop = (mode: string): Promise<CommandResult> =>
      this.run(this.binaries.pgCtl, [
        'stop',
        '-D',
        this.dataFolder,
        '-m',
        mode,
        '-w',
        '-t',
        String(STOP_SECONDS),
        '-s',
      ]);
    if ((await stop('fast')).code !== 0) await stop('immediate');
  }

  private async ensureCreated(): Promise<void> {
    const versionPath = join(this.dataFolder, 'PG_VERSION');
    if (existsSync(versionPath)) {
      const version = (await readFile(versionPath, 'utf8')).trim();
      if (version === MAJOR_VERSION) return;
      throw this.failure(
        `a database of PostgreSQL ${MAJOR_VERSION} in ${this.dataFolder}`,
        `one of PostgreSQL ${version}; export it with that version's pg_dumpall, or name another data folder`,
      );
    }
    await mkdir(this.home, { recursive: true });
    const partial = join(this.home, 'data.partial');
    await rm(partial, { recursive: true, force: true });
    await mkdir(partial, { mode: 0o700 });
    await this.giveToServiceUser(partial);
    await this.initialise(partial);
    await rename(partial, this.dataFolder);
  }

  /** The built-in C.UTF-8 sorts the same on every machine and needs no locale installed. */
  private async initialise(folder: string): Promise<void> {
    const passwordPath = join(this.home, 'password');
    const password = randomBytes(24).toString('base64url');
    await rm(passwordPath, { force: true });
    await writeFile(passwordPath, password, { mode: 0o600 });
    const handedOver = join(folder, '..', `initdb-${randomBytes(6).toString('hex')}`);
    await writeFile(handedOver, `${password}\n`, { mode: 0o600 });
    await this.giveToServiceUser(handedOver);
    try {
      const result = await this.run(this.binaries.initdb, [
        ...['-D', folder, `--username=${CLUSTER_USER}`, `--pwfile=${handedOver}`],
        ...['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'],
        ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
        ...(this.options.durable ? [] : ['--no-sync']),
      ]);
      if (result.code !== 0) throw this.failure('initdb to create a database', result.output);
      await this.appendInclude(folder);
    } finally {
      await rm(handedOver, { force: true });
    }
  }

  private async appendInclude(folder: string): Promise<void> {
    const handle = await open(join(folder, 'postgresql.conf'), 'a');
    await handle.appendFile("\ninclude_if_exists = 'polarline.conf'\n");
    await handle.close();
  }

  private async start(password: string): Promise<ServerAddress> {
    let output = '';
    let preferred = this.options.port || (await this.lastPort());
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      const port = await choosePort(preferred);
      await this.writeSettings(port);
      const result = await this.run(this.binaries.pgCtl, [
        ...['start', '-D', this.dataFolder, '-w', '-t', String(START_SECONDS), '-s'],
        ...['-l', join(this.dataFolder, 'server.log')],
      ]);
      if (result.code === 0) {
        await writeFileAtomic(join(this.home, 'port'), `${port}\n`);
        return { port, password };
      }
      output = await this.logTail();
      // Children of a killed server hold its memory for a moment; a port may be taken in between.
      if (/Address already in use|could not bind/i.test(output)) preferred = 0;
      await sleep(500 * attempt);
    }
    throw this.failure(`PostgreSQL to start in ${this.dataFolder}`, output);
  }

  private async writeSettings(port: number): Promise<void> {
    const settings = {
      listen_addresses: "'127.0.0.1'",
      port: String(port),
      unix_socket_directories: "''",
      max_connections: '200',
      password_encryption: "'scram-sha-256'",
      timezone: "'UTC'",
      log_timezone: "'UTC'",
      max_wal_size: "'512MB'",
      log_min_messages: "'warning'",
      ...(this.options.durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    };
    const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
    const path = join(this.dataFolder, 'polarline.conf');
    await writeFileAtomic(path, `# Written by Polarline at every start.\n${lines.join('\n')}\n`);
    await this.giveToServiceUser(path);
    const log = join(this.dataFolder, 'server.log');
    const size = await stat(log).then(
      (file) => file.size,
      () => 0,
    );
    if (size > 10_000_000) await rm(log, { force: true });
  }

  private async lastPort(): Promise<number> {
    return Number(await readFile(join(this.home, 'port'), 'utf8').catch(() => '0')) || 0;
  }

  private async readPassword(): Promise<string> {
    try {
      return (await readFile(join(this.home, 'password'), 'utf8')).trim();
    } catch (error) {
      throw this.failure(
        `to read ${join(this.home, 'password')}`,
        `${errorMessage(error)}; run as the user who started Polarline first`,
      );
    }
  }

  private async readPidFile(): Promise<PidFile | undefined> {
    const text = await readFile(join(this.dataFolder, 'postmaster.pid'), 'utf8').catch(() => undefined);
    if (text === undefined) return undefined;
    const lines = text.split('\n');
    const pid = Number(lines[0]);
    const startedAtS = Number(lines[2]);
    return { pid, port: Number(lines[3]), isStale: () => isAnotherProcess(pid, startedAtS) };
  }

  /** PostgreSQL clears the file of a dead process itself, but trusts one whose number was given out again. */
  private async removeStalePidFile(pid: number, anotherProcess: boolean): Promise<void> {
    if (!isProcessAlive(pid) || anotherProcess) await rm(join(this.dataFolder, 'postmaster.pid'), { force: true });
  }

  private async giveToServiceUser(path: string): Promise<void> {
    const { serviceUser } = this.binaries;
    if (serviceUser !== undefined) await chown(path, serviceUser.uid, serviceUser.gid);
  }

  private async logTail(): Promise<string> {
    const log = await readFile(join(this.dataFolder, 'server.log'), 'utf8').catch(() => '');
    return log.split('\n').slice(-8).join('\n').trim();
  }

  private failure(expected: string, got: string): AppError {
    return new AppError('unavailable', 'EMBEDDED_POSTGRES_FAILED', `expected ${expected}, got: ${got}`, {
      folder: this.dataFolder,
    });
  }

  /**
   * Runs a tool to its end. Its output goes to a file: the server inherits what `pg_ctl` has open, so a
   * pipe would stay open as long as the server runs.
   */
  private async run(program: string, args: readonly string[]): Promise<CommandResult> {
    const outputPath = join(this.home, `tool-${randomBytes(6).toString('hex')}.log`);
    const output = await open(outputPath, 'w');
    try {
      const { serviceUser } = this.binaries;
      const child = spawn(program, args, {
        cwd: this.home,
        env: childEnvironment({ LC_ALL: 'C', LC_MESSAGES: 'C', PGCLIENTENCODING: 'UTF8' }),
        stdio: ['ignore', output.fd, output.fd],
        windowsHide: true,
        ...(serviceUser === undefined ? {} : { uid: serviceUser.uid, gid: serviceUser.gid }),
      });
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', resolve);
      });
      return { code, output: (await readFile(outputPath, 'utf8')).trim() };
    } finally {
      await output.close();
      await rm(outputPath, { force: true });
    }
  }
}

interface CommandResult {
  readonly code: number | null;
  readonly output: string;
}

interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** True when the number now belongs to a process that is not this server. */
  isStale(): Promise<boolean>;
}

/** Also true of a dead server that nobody reaped, as in containers whose first process is no init. */
async function isAnotherProcess(pid: number, startedAtS: number): Promise<boolean> {
  const bootedAtS = Date.now() / 1000 - uptime();
  if (startedAtS < bootedAtS - 60) return true;
  if (process.platform !== 'linux') return false;
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return false;
  const name = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
  const state = text[text.lastIndexOf(')') + 2];
  return name !== 'postgres' || state === 'Z';
}

/** Whether the server at this address runs on our folder, another one does, or none answers (yet). */
async function probe(address: ServerAddress, dataFolder: string): Promise<'ours' | 'foreign' | 'silent'> {
  const client = adminClient(address, 'postgres');
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    const theirs = await stat(rows[0]!.data_directory);
    const ours = await stat(dataFolder);
    return theirs.ino === ours.ino && theirs.dev === ours.dev ? 'ours' : 'foreign';
  } catch (error) {
    const { code } = error as { code?: string };
    return code === '28P01' || code === '28000' ? 'foreign' : 'silent';
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function createDatabase(address: ServerAddress): Promise<void> {
  const client = adminClient(address, 'postgres');
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [CLUSTER_DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(CLUSTER_DATABASE)}`);
  } finally {
    await client.end();
  }
}

function adminClient({ port, password }: ServerAddress, database: string): pg.Client {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: CLUSTER_USER,
    password,
    database,
    connectionTimeoutMillis: 5_000,
    application_name: 'polarline-admin',
  });
  client.on('error', () => undefined);
  return client;
}

/** `preferred` when nothing listens there, else a free port of the loopback interface. */
async function choosePort(preferred: number): Promise<number> {
  return (preferred === 0 ? undefined : await tryListen(preferred)) ?? (await tryListen(0))!;
}

function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const { port: chosen } = server.address() as AddressInfo;
      server.close(() => resolve(chosen));
    });
  });
}
