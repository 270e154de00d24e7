import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

import { z } from 'zod';

import { defaultDataFolder, environment, type Environment } from './environment.js';
import { deepFreeze, loadYamlConfig } from './load-yaml-config.js';

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** True where only programs on this machine can connect. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || host.startsWith('127.');
}

const serverSchema = z
  .strictObject({
    host: z.string().min(1).default('127.0.0.1'),
    /** 0 takes a free port. */
    port: z.int().min(0).max(65_535).default(8080),
    /** The address that people type, when a proxy stands in front; null derives it from host and port. */
    publicUrl: z
      .url({ protocol: /^https?$/, error: 'expected an http:// or https:// address' })
      .refine((url) => new URL(url).pathname === '/' && !/[?#]/.test(url), {
        error:
          'expected an address without a path, as pages, links and cookies are at its root; give it a name or port of its own',
      })
      .nullable()
      .default(null),
    /** Proxies in front whose X-Forwarded-For is believed. */
    trustedProxies: z.int().min(0).max(8).default(0),
    /** Input folders must lie under one of these; null allows any folder and needs a loopback host. */
    allowedInputRoots: z.array(z.string().min(1)).min(1).nullable().default(null),
  })
  .superRefine((server, context) => {
    if (server.allowedInputRoots === null && !isLoopback(server.host))
      context.addIssue({
        code: 'custom',
        path: ['allowedInputRoots'],
        message: `expected at least one folder because server.host is ${server.host}, got null; list the folders that input may come from`,
      });
  });

const storageSchema = z.strictObject({
  /** Database, queue, trash and secrets; null takes the per-user data folder of the operating system. */
  dataFolder: z.string().min(1).nullable().default(null),
  /** Run folders of tasks that name no output folder; null means `runs` in the data folder. */
  runsFolder: z.string().min(1).nullable().default(null),
  /** Images fetched from the lines; null means `pool` in the data folder. */
  poolFolder: z.string().min(1).nullable().default(null),
  /** A task is refused while less than this is free where it would write. */
  minimumFreeMiB: z.int().min(0).max(1_048_576).default(1024),
});

const databaseSchema = z.strictObject({
  /** An existing PostgreSQL, `postgresql://user:password@host:port/name`; null starts the embedded one. */
  url: z
    .url({ protocol: /^postgres(ql)?$/, error: 'not a postgresql:// address' })
    .nullable()
    .default(null),
  schema: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/)
    .default('polarline'),
  poolSize: z.int().min(2).max(100).default(10),
  /** The embedded server listens here, or on a free port when it is taken; 0 always takes a free one. */
  embeddedPort: z.int().min(0).max(65_535).default(0),
});

const queueSchema = z.strictObject({
  /** Redis in place of PostgreSQL, `redis://host:port/0`. */
  redisUrl: z
    .url({ protocol: /^rediss?$/, error: 'not a redis:// address' })
    .nullable()
    .default(null),
  /** Jobs at a time in one worker process; one training at a time per GPU. */
  concurrency: z
    .strictObject({
      prepare: z.int().min(0).max(64).default(2),
      train: z.int().min(0).max(16).default(1),
      evaluate: z.int().min(0).max(64).default(1),
      download: z.int().min(0).max(16).default(2),
    })
    .prefault({}),
  /** A worker that is silent for this long loses its job to another. */
  lockSeconds: z.int().min(5).max(3600).default(60),
  /** How often lost jobs are looked for. */
  stalledCheckSeconds: z.int().min(1).max(3600).default(30),
  /** Attempts of one step, counting the first. */
  attempts: z.int().min(1).max(20).default(3),
  /** Pause before the second attempt; each further one doubles it. */
  retryDelaySeconds: z.number().min(0).max(3600).default(10),
});

const workerSchema = z.strictObject({
  /** On SIGTERM, steps get this long to end or to write a checkpoint. */
  stopSeconds: z.int().min(1).max(600).default(30),
});

const metadataSchema = z.strictObject({
  /** Images asked for in one query. */
  batchSize: z.int().min(1).max(10_000).default(500),
  /** Queries on the way at a time; hides the round trip to a far database. */
  parallelBatches: z.int().min(1).max(16).default(4),
  connectTimeoutSeconds: z.number().min(1).max(300).default(15),
  /** A query without an answer for this long is given up and asked again. */
  queryTimeoutSeconds: z.number().min(1).max(3600).default(60),
  /** Attempts of one batch when the connection breaks. */
  attempts: z.int().min(1).max(20).default(5),
});

const retentionSchema = z.strictObject({
  /** Finished tasks and their run folders go to the trash after this many days; null keeps them. */
  finishedTaskDays: z.number().positive().max(36_500).nullable().default(null),
  trashDays: z.number().min(0).max(36_500).default(30),
  temporaryFileHours: z.number().min(1).max(87_600).default(24),
  /** Thumbnails that were made so long ago; they are made again when somebody looks. Null keeps them. */
  thumbnailDays: z.number().positive().max(36_500).nullable().default(30),
  /** Rows of the audit table; null keeps them. */
  auditDays: z.number().positive().max(36_500).nullable().default(null),
  /** Events of finished tasks; null keeps them. */
  eventDays: z.number().positive().max(36_500).nullable().default(null),
  checkEveryMinutes: z.number().min(1).max(10_080).default(60),
  /** Says what would be removed and removes nothing. */
  dryRun: z.boolean().default(false),
});

const limitsSchema = z.strictObject({
  bodyKiB: z.int().min(16).max(1_048_576).default(1024),
  requestsPerMinute: z.int().min(10).max(1_000_000).default(1200),
  imageMegapixels: z.number().min(0.1).max(2000).default(100),
  imageMiB: z.number().min(0.1).max(4096).default(64),
  imagesPerTask: z.int().min(1).max(100_000_000).default(1_000_000),
  waitingTasks: z.int().min(1).max(1_000_000).default(10_000),
  /** Rows and images of one download from the line. */
  downloadImages: z.int().min(1).max(10_000_000).default(100_000),
  downloadGiB: z.number().min(0.001).max(10_240).default(50),
});

const securitySchema = z.strictObject({
  sessionHours: z.number().min(0.1).max(8760).default(12),
  /** Failed sign-ins of one address or name in 15 minutes. */
  loginAttempts: z.int().min(1).max(1000).default(10),
  minimumPasswordLength: z.int().min(8).max(128).default(10),
});

const loggingSchema = z.strictObject({
  level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  format: z.enum(['auto', 'pretty', 'json']).default('auto'),
});

const orientationSchema = z.strictObject({
  samplesPerClass: z.int().min(1).max(12).default(3),
});

/** `configs/configs.yaml`; unknown keys are errors. */
export const appConfigSchema = z.strictObject({
  server: serverSchema.prefault({}),
  storage: storageSchema.prefault({}),
  database: databaseSchema.prefault({}),
  queue: queueSchema.prefault({}),
  worker: workerSchema.prefault({}),
  metadata: metadataSchema.prefault({}),
  orientation: orientationSchema.prefault({}),
  retention: retentionSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  security: securitySchema.prefault({}),
  logging: loggingSchema.prefault({}),
});

type ParsedAppConfig = z.output<typeof appConfigSchema>;

/** The checked configuration with folders made absolute and environment variables applied. */
export interface AppConfig extends Omit<ParsedAppConfig, 'storage'> {
  readonly storage: {
    readonly dataFolder: string;
    readonly runsFolder: string;
    readonly poolFolder: string;
    readonly minimumFreeMiB: number;
  };
  /** Folder with the three configuration files. */
  readonly configFolder: string;
}

export interface LoadAppConfigOptions {
  /** A configs.yaml; default is the one in the configuration folder. */
  readonly path?: string;
  readonly overrides?: readonly string[];
  readonly environment?: Environment;
}

/** The folder of package.json, wherever below it these sources were compiled to. */
export function packageRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** `POLARLINE_CONFIG`, else `configs` in the working folder, else the one that ships with Polarline. */
export function configFolder(env: Environment = environment()): string {
  if (env.configFolder !== undefined) return resolve(env.configFolder);
  const local = resolve('configs');
  return existsSync(join(local, 'configs.yaml')) ? local : join(packageRoot(), 'configs');
}

/**
 * Loads configs.yaml. `--set` beats the environment, and that beats the file:
 * DATABASE_URL, REDIS_URL, POLARLINE_DATA, POLARLINE_HOST, POLARLINE_PORT, POLARLINE_LOG_LEVEL, POLARLINE_LOG_FORMAT.
 */
export function loadAppConfig(options: LoadAppConfigOptions = {}): AppConfig {
  const env = options.environment ?? environment();
  const folder = configFolder(env);
  const path = options.path ?? join(folder, 'configs.yaml');
  const overrides = [...environmentOverrides(env), ...(options.overrides ?? [])];
  return resolveFolders(loadYamlConfig(path, appConfigSchema, { overrides }), folder);
}

function environmentOverrides(env: Environment): string[] {
  const pairs: [string, string | undefined][] = [
    ['database.url', env.databaseUrl],
    ['queue.redisUrl', env.redisUrl],
    ['storage.dataFolder', env.dataFolder],
    ['server.host', env.host],
    ['server.port', env.port],
    ['logging.level', env.logLevel],
    ['logging.format', env.logFormat],
  ];
  return pairs.flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${key === 'server.port' ? value : JSON.stringify(value)}`],
  );
}

function resolveFolders(parsed: ParsedAppConfig, folder: string): AppConfig {
  const dataFolder = resolve(parsed.storage.dataFolder ?? defaultDataFolder());
  const inDataFolder = (folder: string | null, name: string): string =>
    folder === null ? join(dataFolder, name) : isAbsolute(folder) ? folder : resolve(dataFolder, folder);
  const roots = parsed.server.allowedInputRoots;
  return deepFreeze({
    ...parsed,
    server: { ...parsed.server, allowedInputRoots: roots === null ? null : roots.map((root) => resolve(root)) },
    storage: {
      ...parsed.storage,
      dataFolder,
      runsFolder: inDataFolder(parsed.storage.runsFolder, 'runs'),
      poolFolder: inDataFolder(parsed.storage.poolFolder, 'pool'),
    },
    configFolder: folder,
  });
}
