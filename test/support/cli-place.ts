import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { startImageServer } from '../../src/demo/image-server.js';
import { generateLine, type GenerateLineOptions, type LineSummary } from '../../src/demo/line/index.js';
import { startForwardingServer } from '../../src/infra/ssh/index.js';
import { polarline, type CliOptions, type CliResult } from './cli.js';
import { createTestDatabase } from './database.js';
import { createTestFactory } from './factory.js';

/** Passwords that must never be seen in what the command line writes. */
export const CANARIES = /canary-database-password|canary-ssh-password/;

/** A simulated line, its factory behind SSH, and a Polarline to talk to by command line. */
export interface CliPlace {
  readonly line: LineSummary;
  readonly env: Readonly<Record<string, string>>;
  /** A path in this place. */
  folder(...parts: string[]): string;
  writeAppConfig(more?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Runs `polarline` there. */
  cli(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  release(): Promise<void>;
}

/** Settings with which a training takes seconds. */
export const TINY_TRAINING = [
  'model.backbone=tiny',
  'model.embeddingSize=16',
  'data.imageSizePx=32',
  'data.loaderThreads=1',
  'training.maxEpochs=1',
  'training.threads=1',
  'evaluation.bootstrapSamples=20',
].flatMap((assignment) => ['--set', assignment]);

/** Call `release` when all commands have ended. */
export async function createCliPlace(options: Omit<GenerateLineOptions, 'outputDir'> = {}): Promise<CliPlace> {
  const root = await mkdtemp(join(tmpdir(), 'polarline-cli-'));
  await chmod(root, 0o755);
  const folder = (...parts: string[]): string => join(root, ...parts);
  const line = await generateLine({
    seed: 5,
    imagesPerClass: 4,
    maxClasses: 2,
    ...options,
    outputDir: folder('line'),
  });
  const database = await createTestDatabase();
  const factory = await createTestFactory(line.rows);
  const ssh = await startForwardingServer({ users: [{ name: 'aoi', password: 'canary-ssh-password' }] });
  const images = await startImageServer({ folder: line.inputDir });
  const { host, port, database: name, user, password } = factory.site;
  const direct = { host, port, database: name, user, password };
  const tunnel = {
    host: ssh.host,
    port: ssh.port,
    user: 'aoi',
    password: 'canary-ssh-password',
    hostKeyFingerprint: ssh.fingerprints[0],
  };
  const sites = {
    HPH: { ...direct, imageServer: images.url, ssh: tunnel },
    DATABASE_DOWN: { ...direct, port: 9 },
    TUNNEL_TO_NOTHING: { ...direct, port: 9, ssh: tunnel },
    SSH_DOWN: { ...direct, ssh: { ...tunnel, port: 9 } },
    OTHER_HOST_KEY: { ...direct, ssh: { ...tunnel, hostKeyFingerprint: `SHA256:${'A'.repeat(43)}` } },
    SSH_PASSWORD: { ...direct, ssh: { ...tunnel, password: 'something else' } },
    DATABASE_PASSWORD: { ...direct, password: 'something else', ssh: tunnel },
    NO_SECRET: { ...direct, password: '${A_VARIABLE_THAT_IS_NOT_SET}' },
  };
  await mkdir(folder('configs'));
  await writeFile(folder('configs', 'train_configs.yaml'), '{}\n');
  await writeFile(folder('configs', 'database_configs.yaml'), stringify({ sites }));
  const env = {
    DATABASE_URL: database.url,
    POLARLINE_CONFIG: folder('configs'),
    POLARLINE_DATA: folder('data'),
    NO_COLOR: '1',
  };
  const place: CliPlace = {
    line,
    env,
    folder,
    writeAppConfig: (more = {}) =>
      writeFile(
        folder('configs', 'configs.yaml'),
        stringify({
          server: { port: 0 },
          storage: { minimumFreeMiB: 0 },
          metadata: { connectTimeoutSeconds: 5, attempts: 1 },
          queue: { attempts: 1, retryDelaySeconds: 0 },
          ...more,
        }),
      ),
    cli: (args, cliOptions = {}) => polarline(args, { ...cliOptions, env: { ...env, ...cliOptions.env } }),
    release: async () => {
      await ssh.close();
      await images.close();
      await factory.release();
      await database.release();
      await rm(root, { recursive: true, force: true });
    },
  };
  await place.writeAppConfig();
  return place;
}
