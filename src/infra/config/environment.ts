import { homedir, platform } from 'node:os';
import { join } from 'node:path';

/** What Polarline takes from the environment; this file is the only reader of `process.env`. */
export interface Environment {
  /** An existing PostgreSQL to use in place of the embedded one. */
  readonly databaseUrl?: string;
  /** Moves the queue from PostgreSQL to Redis. */
  readonly redisUrl?: string;
  /** Where everything of ours is kept; wins over `storage.dataFolder`. */
  readonly dataFolder?: string;
  /** Folder with configs.yaml, train_configs.yaml and database_configs.yaml. */
  readonly configFolder?: string;
  readonly host?: string;
  readonly port?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  /** False where `POLARLINE_NCHWC=off` keeps ONNX Runtime's internal layout out of training graphs. */
  readonly blockedLayout: boolean;
  /** True when colour and progress bars should be left out, by https://no-color.org. */
  readonly noColor: boolean;
  readonly ci: boolean;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads a set of variables; an empty one counts as absent. */
export function readEnvironment(variables: Variables = process.env): Environment {
  const text = (name: string): string | undefined => {
    const value = variables[name]?.trim();
    return value === undefined || value === '' ? undefined : value;
  };
  return Object.freeze({
    databaseUrl: text('DATABASE_URL'),
    redisUrl: text('REDIS_URL'),
    dataFolder: text('POLARLINE_DATA'),
    configFolder: text('POLARLINE_CONFIG'),
    host: text('POLARLINE_HOST'),
    port: text('POLARLINE_PORT'),
    logLevel: text('POLARLINE_LOG_LEVEL'),
    logFormat: text('POLARLINE_LOG_FORMAT'),
    blockedLayout: !/^(off|0|false|no)$/i.test(text('POLARLINE_NCHWC') ?? ''),
    noColor: text('NO_COLOR') !== undefined,
    ci: text('CI') !== undefined,
  });
}

/** The environment of this process, read at each access so that tests and parents can set it late. */
export function environment(): Environment {
  return readEnvironment();
}

/** One variable by name, for `${NAME}` references in configuration files. */
export function environmentVariable(name: string, variables: Variables = process.env): string | undefined {
  return variables[name];
}

/** The variables of this process plus `extra`, for a child process. */
export function childEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...extra };
}

/** True for root on a POSIX system. */
export function isRoot(): boolean {
  return typeof process.getuid === 'function' && process.getuid() === 0;
}

/**
 * The per-user data folder of each operating system: `%LOCALAPPDATA%\Polarline`,
 * `~/Library/Application Support/Polarline`, `$XDG_DATA_HOME/polarline`, and `/var/lib/polarline` for root.
 */
export function defaultDataFolder(variables: Variables = process.env, system = platform(), root = isRoot()): string {
  if (system === 'win32') return join(variables.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'Polarline');
  if (system === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Polarline');
  if (root) return '/var/lib/polarline';
  const xdg = variables.XDG_DATA_HOME;
  return join(xdg !== undefined && xdg !== '' ? xdg : join(homedir(), '.local', 'share'), 'polarline');
}
