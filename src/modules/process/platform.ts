import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { loadAppConfig, loadSites, type AppConfig, type SitesFile } from '../../infra/config/index.js';
import { acquireDatabase, createDataSource } from '../../infra/database/index.js';
import { createLogger } from '../../infra/logging/index.js';
import { QueueBackend, queueBackendSpec } from '../../infra/queue/index.js';
import { ENTITIES, MIGRATIONS } from '../database/schema.js';
import type { Logger } from '../settings/app-settings.js';

/** What a process needs before Nest starts. */
export interface Platform {
  readonly config: AppConfig;
  readonly sites: SitesFile;
  readonly logger: Logger;
  /** `<host>/<process id>/<random>`. */
  readonly workerId: string;
  readonly dataSource: DataSource;
  readonly queue: QueueBackend;
  /** Gives everything back, last opened first. */
  close(): Promise<void>;
}

/**
 * Loads the configuration, opens the database with its migrations applied, and the queue.
 * @throws AppError for a bad configuration or a database that does not answer; nothing stays open then.
 */
export async function openPlatform(options: {
  readonly configPath?: string;
  readonly overrides?: readonly string[];
}): Promise<Platform> {
  const config = loadAppConfig({ path: options.configPath, overrides: options.overrides });
  const sites = loadSites(join(config.configFolder, 'database_configs.yaml'));
  const logger = createLogger(config.logging);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const database = await acquireDatabase(config, {
      info: (message, details) => logger.info(details ?? {}, message),
      warn: (message, details) => logger.warn(details ?? {}, message),
    });
    closers.push(() => database.release());
    const { schema, poolSize } = config.database;
    const dataSource = await createDataSource({
      url: database.url,
      entities: ENTITIES,
      migrations: MIGRATIONS,
      schema,
      poolSize,
    });
    closers.push(() => dataSource.destroy());
    const queue = new QueueBackend({ ...queueBackendSpec(config, database.url), schema: `${schema}_queue` });
    closers.push(() => queue.close());
    await queue.prepare();
    const workerId = `${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
    return { config, sites, logger, workerId, dataSource, queue, close };
  } catch (error) {
    await close();
    throw error;
  }
}
