import { rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { AppError } from '../../common/index.js';
import { isInside, realPathOf } from './safe-path.js';

/**
 * Removes a file or folder of ours with all below it. `root` is the folder that is ours; the path must lie
 * below it, links of its parents resolved. A link itself is removed, never what it leads to.
 * @throws AppError REMOVE_OUTSIDE (internal): a caller's mistake that must not cost data
 */
export async function removeOwn(root: string, path: string): Promise<void> {
  const realRoot = await realPathOf(root);
  const real = join(await realPathOf(dirname(path)), basename(path));
  if (real === realRoot || !isInside(realRoot, real))
    throw new AppError(
      'internal',
      'REMOVE_OUTSIDE',
      `expected a path below ${root} to remove, got ${path}; nothing was removed`,
    );
  await rm(real, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
