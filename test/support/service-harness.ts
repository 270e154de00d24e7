import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from './database.js';

/** A database and folders of one test file, and the settings that point the service at them. */
export interface ServicePlace {
  readonly root: string;
  readonly dataFolder: string;
  readonly runsFolder: string;
  readonly database: TestDatabase;
  /** For `startService`, `startWorker` and `openPlatform`. */
  readonly overrides: readonly string[];
  release(): Promise<void>;
}

/** Call `release` once everything that was started there has stopped. */
export async function createServicePlace(extra: readonly string[] = []): Promise<ServicePlace> {
  const root = await mkdtemp(join(tmpdir(), 'polarline-service-'));
  const database = await createTestDatabase();
  const dataFolder = join(root, 'data');
  const runsFolder = join(root, 'runs');
  const overrides = [
    `database.url=${database.url}`,
    `storage.dataFolder=${JSON.stringify(dataFolder)}`,
    `storage.runsFolder=${JSON.stringify(runsFolder)}`,
    'storage.minimumFreeMiB=0',
    'server.port=0',
    'queue.lockSeconds=5',
    'queue.stalledCheckSeconds=1',
    'queue.retryDelaySeconds=0.2',
    'limits.requestsPerMinute=1000000',
    'logging.level=error',
    'logging.format=json',
    ...extra,
  ];
  return {
    root,
    dataFolder,
    runsFolder,
    database,
    overrides,
    release: async () => {
      await database.release();
      await rm(root, { recursive: true, force: true });
    },
  };
}
