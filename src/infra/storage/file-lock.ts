import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { AppError } from '../../common/index.js';

const REFRESH_MS = 5_000;
const STALE_MS = 60_000;
const POLL_MS = 50;

export interface FileLockOptions {
  /** How long to wait for another holder. Default 180 s. */
  readonly timeoutMs?: number;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/**
 * Runs `action` while holding the lock file at `path`; processes of one machine take turns. A lock whose
 * process is gone, or that was not refreshed for a minute, is taken over.
 */
export async function withFileLock<T>(
  path: string,
  action: () => Promise<T>,
  options: FileLockOptions = {},
): Promise<T> {
  const token = await acquire(path, options.timeoutMs ?? 180_000);
  const refresher = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, REFRESH_MS);
  refresher.unref();
  try {
    return await action();
  } finally {
    clearInterval(refresher);
    const holder = await readHolder(path);
    if (holder?.token === token) await rm(path, { force: true });
  }
}

async function acquire(path: string, timeoutMs: number): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  const holder: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  const ticket = `${path}.${holder.token}`;
  await writeFile(ticket, JSON.stringify(holder), { mode: 0o600 });
  const deadline = Date.now() + timeoutMs;
  try {
    while (!(await tryLink(ticket, path))) {
      await breakIfStale(path, holder.token);
      if (Date.now() > deadline) throw await timedOut(path, timeoutMs);
      await sleep(POLL_MS);
    }
    return holder.token;
  } finally {
    await rm(ticket, { force: true });
  }
}

/** A hard link appears with its content or not at all, so a lock file is never seen half-written. */
async function tryLink(ticket: string, path: string): Promise<boolean> {
  try {
    await link(ticket, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS' || code === 'EMLINK')
      return tryExclusive(ticket, path);
    throw error;
  }
}

/** For file systems without hard links. */
async function tryExclusive(ticket: string, path: string): Promise<boolean> {
  try {
    await writeFile(path, await readFile(ticket), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Moves a stale lock aside. Two waiters may both see it; the one whose move catches a newer lock puts
 * that one back.
 */
async function breakIfStale(path: string, token: string): Promise<void> {
  const seen = await readHolder(path);
  if (seen !== undefined && isAlive(seen) && !(await isOld(path))) return;
  if (seen === undefined && !(await isOld(path))) return;
  const aside = `${path}.stale-${token}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const caught = await readHolder(aside);
  if (caught !== undefined && caught.token !== seen?.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > STALE_MS;
  } catch {
    return false;
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** A holder on another machine that shares the folder cannot be asked; its refreshing tells. */
function isAlive({ pid, host }: Holder): boolean {
  return host !== hostname() || isProcessAlive(pid);
}

/** True while a process with this id exists, ours or another user's. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function timedOut(path: string, timeoutMs: number): Promise<AppError> {
  const holder = await readHolder(path);
  return new AppError(
    'unavailable',
    'LOCK_TIMEOUT',
    `expected the lock ${path} within ${timeoutMs / 1000} s, got none: process ${holder?.pid ?? 'unknown'} on ${holder?.host ?? 'unknown'} holds it; wait for it or stop it`,
  );
}
