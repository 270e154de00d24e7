import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../common/index.js';

const MARKER = '.polarline-demo';

/** Where the parts of one demo lie. */
export interface DemoFolder {
  readonly root: string;
  readonly line: string;
  readonly runs: string;
  readonly configs: string;
  /** Polarline's own data: its database. */
  readonly data: string;
  /** The factory's database server. */
  readonly factory: string;
  readonly serviceLog: string;
}

/** Empties the folder of an earlier demo; refuses any other folder that holds something. */
export async function prepareDemoFolder(root: string): Promise<DemoFolder> {
  await mkdir(root, { recursive: true });
  const existing = await readdir(root);
  if (existing.length > 0 && !existing.includes(MARKER))
    throw badInput(
      'DEMO_FOLDER_TAKEN',
      `--output: expected an empty folder or one of an earlier demo, got ${root} with other files in it; name another`,
      { root },
    );
  for (const name of existing) if (name !== MARKER) await rm(join(root, name), { recursive: true, force: true });
  await writeFile(join(root, MARKER), 'Made by `npm run demo`, which empties this folder when it runs again.\n');
  const folder = {
    root,
    line: join(root, 'line'),
    runs: join(root, 'runs'),
    configs: join(root, 'configs'),
    data: join(root, 'data'),
    factory: join(root, 'factory'),
    serviceLog: join(root, 'service.log'),
  };
  for (const path of [folder.line, folder.runs, folder.configs, folder.data, folder.factory])
    await mkdir(path, { recursive: true });
  return folder;
}
