import { readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

import { AppError, badInput } from '../../common/index.js';

/** True when `path` is `root` or lies below it, by their spelling; `realPathOf` both first where links matter. */
export function isInside(root: string, path: string): boolean {
  const way = relative(resolve(root), resolve(path));
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The true path of something that may not exist yet: links of the part that exists are followed, the rest is
 * appended. A link that leads nowhere is followed, too, so that nothing can be made behind it later.
 */
export async function realPathOf(path: string): Promise<string> {
  const absolute = resolve(path);
  try {
    return await realpath(absolute);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(absolute);
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || parent === absolute) throw error;
    const target = await readlink(absolute).catch(() => undefined);
    if (target !== undefined) return realPathOf(resolve(parent, target));
    return join(await realPathOf(parent), basename(absolute));
  }
}

/** Control characters, and what Windows reads as another place: a stream, a drive, a device. */
const ODD_PART = /[\0-\x1f]|[:*?"<>|]|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|[. ]$/i;

/** True for a relative path without `..`, empty parts, drive letters, and names that some system reads otherwise. */
export function isPlainRelativePath(name: string): boolean {
  const parts = name.split(/[/\\]/);
  return (
    !isAbsolute(name) && parts.every((part) => part !== '' && part !== '..' && part !== '.' && !ODD_PART.test(part))
  );
}

/**
 * Joins a name from outside to `root` and proves that the result lies inside it, links resolved.
 * @throws AppError PATH_OUTSIDE (badInput) for `..`, absolute paths, links that lead out and odd names
 */
export async function resolveInside(root: string, name: string): Promise<string> {
  const parts = name.split(/[/\\]/).filter((part) => part !== '.');
  const isOdd =
    parts.length === 0 || isAbsolute(name) || parts.some((part) => part === '' || part === '..' || ODD_PART.test(part));
  if (isOdd) throw outside(name);
  const path = join(resolve(root), ...parts);
  if (!isInside(await realPathOf(root), await realPathOf(path))) throw outside(name);
  return path;
}

function outside(name: string): AppError {
  return badInput(
    'PATH_OUTSIDE',
    `expected a relative path inside the folder, got ${JSON.stringify(name.slice(0, 200))}; leave out "..", drives and special characters`,
  );
}

/** Whether a true path lies in one of the folders, which may be named by links; one that does not answer counts as it is named. */
export async function isInsideAny(folders: readonly string[], real: string): Promise<boolean> {
  const roots = await Promise.all(folders.map(realOrAsNamed));
  return roots.some((root) => isInside(root, real));
}

/** As `realPathOf`, or the path as it is named where that fails: a drive that does not answer, no right to look. */
export function realOrAsNamed(path: string): Promise<string> {
  return realPathOf(path).catch(() => resolve(path));
}
