import { describe } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sharedRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared');

/** Absolute path of a file or folder of the data that lies beside the project (parity vectors, real images). */
export function sharedPath(...parts: string[]): string {
  return join(sharedRoot, ...parts);
}

export function hasShared(path: string): boolean {
  return existsSync(sharedPath(path));
}

/** A `describe` that is skipped, saying why, where that file or folder is absent. */
export function describeWithShared(name: string, path: string, body: () => void): void {
  if (hasShared(path)) describe(name, body);
  else describe.skip(`${name} (skipped: ../shared/${path} is absent)`, body);
}
