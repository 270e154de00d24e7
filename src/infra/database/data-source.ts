import pg from 'pg';
import { DataSource, type DataSourceOptions, type MixedList } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** Spells `PLRL`; with the schema's hash it keeps two starters from migrating at once. */
const MIGRATION_LOCK_KEY = 0x50_4c_52_4c;

type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

export interface DataSourceSpec {
  readonly url: string;
  readonly entities: NonNullable<PostgresOptions['entities']>;
  readonly migrations: MixedList<string | (new () => { up: unknown; down: unknown })>;
  /** PostgreSQL schema that holds our tables; created if absent. */
  readonly schema: string;
  /** Connections of this process. Default 10. */
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. Default `polarline`. */
  readonly applicationName?: string;
}

/**
 * Opens a TypeORM data source with every migration applied. Migrations run in one transaction under an
 * advisory lock, so processes that start together wait for the first. Unqualified names in SQL mean `schema`.
 */
export async function createDataSource(spec: DataSourceSpec): Promise<DataSource> {
  const dataSource = new DataSource(dataSourceOptions(spec));
  await underMigrationLock(spec, async () => {
    await dataSource.initialize();
    try {
      await dataSource.runMigrations({ transaction: 'all' });
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
  });
  return dataSource;
}

/** The same options for `TypeOrmModule.forRoot`; without migrations being run. */
export function dataSourceOptions(spec: DataSourceSpec): PostgresOptions {
  return {
    type: 'postgres',
    url: spec.url,
    schema: spec.schema,
    entities: spec.entities,
    migrations: spec.migrations,
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    poolSize: spec.poolSize ?? 10,
    applicationName: spec.applicationName ?? 'polarline',
    // Compiling a query takes longer than any of ours.
    extra: { options: `-c search_path=${spec.schema},public -c jit=off`, keepAlive: true },
  };
}

/** Whether somebody has one of its connections, or waits for one. */
export function isInUse(dataSource: DataSource): boolean {
  const pool = (dataSource.driver as PostgresDriver).master as pg.Pool;
  return pool.totalCount > pool.idleCount || pool.waitingCount > 0;
}

async function underMigrationLock({ url, schema }: DataSourceSpec, action: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'polarline-migrations' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1, hashtext($2))', [MIGRATION_LOCK_KEY, schema]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${client.escapeIdentifier(schema)}`);
    await action();
  } finally {
    // The lock is the session's, so it goes with the connection.
    await client.end();
  }
}
