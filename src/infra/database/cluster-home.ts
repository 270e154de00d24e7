import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { isProcessAlive } from '../storage/file-lock.js';
import { isInside } from '../storage/safe-path.js';
import { canReach, SYSTEM_FOLDER, type ServiceUser } from './postgres-binaries.js';

const CLUSTERS = join(SYSTEM_FOLDER, 'clusters');
/** Names the data folder that a moved cluster belongs to. */
const ORIGIN = 'origin';

/**
 * Where the cluster of the data folder `preferred` lies: in it, or below `/var/lib/polarline` when the service
 * user could not walk to it, as below `/root`.
 */
export async function clusterHome(preferred: string, serviceUser: ServiceUser | undefined): Promise<string> {
  if (serviceUser === undefined || (await canReach(preferred, serviceUser))) return preferred;
  const origin = resolve(preferred);
  const home = join(CLUSTERS, createHash('sha256').update(origin).digest('hex').slice(0, 16));
  await mkdir(home, { recursive: true, mode: 0o755 });
  await writeFile(join(home, ORIGIN), origin);
  await sweep();
  return home;
}

/**
 * Removes moved clusters whose data folder lay in the temporary folder and is gone. Any other missing data
 * folder may be on a disk that is not mounted, so its cluster stays.
 */
async function sweep(): Promise<void> {
  for (const name of await readdir(CLUSTERS)) {
    const home = join(CLUSTERS, name);
    const origin = await readFile(join(home, ORIGIN), 'utf8').catch(() => undefined);
    if (origin === undefined || existsSync(origin) || !isInside(tmpdir(), origin)) continue;
    const pidFile = await readFile(join(home, 'data', 'postmaster.pid'), 'utf8').catch(() => '');
    if (pidFile === '' || !isProcessAlive(Number(pidFile.split('\n')[0])))
      await rm(home, { recursive: true, force: true });
  }
}
