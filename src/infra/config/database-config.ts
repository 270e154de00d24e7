import { dirname, join, resolve } from 'node:path';

import { z } from 'zod';

import { badInput, nearest } from '../../common/index.js';
import { registerSecret } from '../logging/secrets.js';
import { configFolder } from './app-config.js';
import { deepFreeze, loadYamlConfig } from './load-yaml-config.js';
import { resolveReferences } from './references.js';

const port = z.int().min(1).max(65_535);
const text = z.string().min(1);

/** Plain HTTP: the way there is the tunnel's. */
const imageServer = z.url({ protocol: /^http$/, error: 'not an http:// address' });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** How the tunnel to a site's database is opened; texts may be `${ENV}` or `${file:…}`. */
export const sshConfigSchema = z
  .strictObject({
    host: text,
    port: port.default(22),
    user: text,
    password: text.optional(),
    /** The key itself, usually `${file:/path/id_ed25519}`. */
    privateKey: text.optional(),
    passphrase: text.optional(),
    /** `SHA256:…` as `ssh-keygen -lf` prints it. */
    hostKeyFingerprint: text.optional(),
    /** Path of a known_hosts file, hashed entries included. */
    knownHosts: text.optional(),
    keepAliveSeconds: z.number().min(1).max(3600).default(15),
    connectTimeoutSeconds: z.number().min(1).max(300).default(15),
  })
  .superRefine((ssh, context) => {
    if (ssh.password === undefined && ssh.privateKey === undefined)
      context.addIssue({ code: 'custom', message: 'expected password or privateKey, got neither; give one of them' });
    if (ssh.hostKeyFingerprint === undefined && ssh.knownHosts === undefined)
      context.addIssue({
        code: 'custom',
        message:
          'expected hostKeyFingerprint or knownHosts, got neither; take the fingerprint from `ssh-keygen -lf` on the server',
      });
  });

const postgresSourceSchema = z.strictObject({
  source: z.literal('postgres'),
  host: text,
  port: port.default(5432),
  database: text,
  user: text,
  password: text,
  schema: text.default('public'),
  table: text.default('amr_raw_data'),
  /** TLS to the database itself; `verify` checks the certificate. */
  tls: z.enum(['off', 'require', 'verify']).default('off'),
  ssh: sshConfigSchema.optional(),
  /** The line's image server, seen from the SSH server: `http://10.0.0.5:8000/images`. */
  imageServer: imageServer.optional(),
  /** Image servers of single lines, by line; the others use `imageServer`. */
  imageServers: z.record(text, imageServer).optional(),
  /** Where a day of this site begins and ends, `Asia/Ho_Chi_Minh`; left out, as the database's clock has it. */
  timeZone: z.string().refine(isTimeZone, 'expected a time zone like Asia/Taipei').optional(),
});

const csvSourceSchema = z.strictObject({
  source: z.literal('csv'),
  /** A CSV with a header line and the columns of amr_raw_data; relative to the configuration file. */
  path: text,
});

/** One site: a PostgreSQL, reached directly or through SSH, or a CSV export of the same columns. */
export const siteConfigSchema = z.preprocess(
  (raw) => (raw !== null && typeof raw === 'object' && !('source' in raw) ? { source: 'postgres', ...raw } : raw),
  z.discriminatedUnion('source', [csvSourceSchema, postgresSourceSchema]),
);

/** `configs/database_configs.yaml`. */
export const databaseConfigsSchema = z.strictObject({
  sites: z.record(z.string().regex(/^[A-Za-z0-9_-]{1,32}$/), siteConfigSchema),
});

export type SshConfig = z.output<typeof sshConfigSchema>;
export type SiteConfig = z.output<typeof siteConfigSchema>;
export type PostgresSiteConfig = z.output<typeof postgresSourceSchema>;
export type CsvSiteConfig = z.output<typeof csvSourceSchema>;

export interface SitesFile {
  /** Names only; nothing secret. */
  readonly siteNames: readonly string[];
  /** Absolute path of the file. */
  readonly path: string;
  /** One site with its references resolved; badInput naming the known sites when there is none such. */
  site(name: string): SiteConfig;
}

/**
 * Loads database_configs.yaml. References are resolved when a site is asked for, so that a missing secret
 * of one site does not stop the others.
 */
export function loadSites(path: string = join(configFolder(), 'database_configs.yaml')): SitesFile {
  const absolute = resolve(path);
  const { sites } = loadYamlConfig(absolute, databaseConfigsSchema, { references: 'keep' });
  const siteNames = Object.keys(sites);
  return { siteNames, path: absolute, site: (name) => siteByName(name, sites, siteNames, absolute) };
}

/** Paths in the file start at its folder, wherever Polarline was started. */
function withAbsolutePaths(site: SiteConfig, folder: string): SiteConfig {
  if (site.source === 'csv') return { ...site, path: resolve(folder, site.path) };
  const { ssh } = site;
  if (ssh?.knownHosts === undefined) return site;
  return { ...site, ssh: { ...ssh, knownHosts: resolve(folder, ssh.knownHosts) } };
}

function secretsOf(site: SiteConfig): (string | undefined)[] {
  if (site.source === 'csv') return [];
  return [site.password, site.ssh?.password, site.ssh?.passphrase, site.ssh?.privateKey];
}

function siteByName(
  name: string,
  sites: Readonly<Record<string, SiteConfig>>,
  known: readonly string[],
  path: string,
): SiteConfig {
  const site = Object.hasOwn(sites, name) ? sites[name] : undefined;
  if (site !== undefined) {
    const resolved = resolveReferences(site, { folder: dirname(path), location: `${path}, site ${name}` });
    for (const secret of secretsOf(resolved)) registerSecret(secret);
    return deepFreeze(withAbsolutePaths(resolved, dirname(path)));
  }
  const near = nearest(name, known);
  const advice = near === undefined ? '' : `; did you mean ${near}?`;
  const expected = known.length === 0 ? 'a site, but none is configured' : `one of ${known.join(', ')}`;
  throw badInput(
    'SITE_UNKNOWN',
    `site: expected ${expected}, got ${JSON.stringify(name)}${advice}${advice === '' ? '; add it' : ' Else add it'} to ${path}`,
    { site: name, knownSites: known },
  );
}
