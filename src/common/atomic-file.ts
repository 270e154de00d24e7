import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { renameIntoPlace, type RenameOptions } from './rename-into-place.js';

/** What `replaceFileAtomic` calls a file while it is written; a killed process leaves it behind. */
const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

/** Whether `name` is that of a file which is being written, or was when its process was killed. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY.test(name);
}

/** Writes a file so that it appears whole or not at all: temporary name, fsync, rename. */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: RenameOptions = {},
): Promise<void> {
  const write = async (temporaryPath: string): Promise<void> => {
    const handle = await open(temporaryPath, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  await replaceFileAtomic(path, write, options);
}

/** Lets `produce` write to a temporary neighbour of `path`, then puts it into place with `renameIntoPlace`. */
export async function replaceFileAtomic(
  path: string,
  produce: (temporaryPath: string) => Promise<void>,
  options: RenameOptions = {},
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporaryPath = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await produce(temporaryPath);
    await renameIntoPlace(temporaryPath, path, options);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
}

export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Hard-links where the file system allows, copies otherwise; an existing target is left as it is. */
export async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    await linkMakingFolders(source, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK' && code !== 'ENOTSUP' && code !== 'EACCES')
      throw error;
    await replaceFileAtomic(target, (temporaryPath) => copyFile(source, temporaryPath));
  }
}

/** The folder is there for all links but the first, so it is only made when the link fails. */
async function linkMakingFolders(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await mkdir(dirname(target), { recursive: true });
    await link(source, target);
  }
}

/** SHA-256 of a file's bytes, in hex, streamed. */
export async function sha256File(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
