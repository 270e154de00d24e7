import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { startForwardingServer, type ForwardingServer } from '../../src/infra/ssh/index.js';
import { generateLine, type LineSummary } from '../../src/demo/line/index.js';
import { digestOfFolder, jsonLines, polarline, type CliResult } from '../support/cli.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { createTestFactory, type TestFactory } from '../support/factory.js';

const NOBODY = 65_534;
const TINY = [
  'model.backbone=tiny',
  'data.imageSizePx=32',
  'model.embeddingSize=16',
  'training.maxEpochs=1',
  'training.threads=1',
].flatMap((assignment) => ['--set', assignment]);

describe('bad input on the command line', () => {
  let root: string;
  let line: LineSummary;
  let database: TestDatabase;
  let factory: TestFactory;
  let ssh: ForwardingServer;
  let inputDigest: string;

  const folder = (...parts: string[]): string => join(root, ...parts);
  const outputDir = (): string => folder('runs');

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'polarline-bad-input-'));
    await chmod(root, 0o755);
    line = await generateLine({ outputDir: folder('line'), imagesPerClass: 4, maxClasses: 2, seed: 5 });
    inputDigest = await digestOfFolder(line.inputDir);
    database = await createTestDatabase();
    factory = await createTestFactory(line.rows);
    ssh = await startForwardingServer({ users: [{ name: 'aoi', password: 'right' }] });
    await writeConfigs();
  });
  afterAll(async () => {
    await ssh?.close();
    await factory?.release();
    await database?.release();
    await rm(root, { recursive: true, force: true });
  });

  afterEach(async () => {
    // Whatever was wrong: the input is as it was, and no run lies half-made in the output folder.
    expect(await digestOfFolder(line.inputDir)).toBe(inputDigest);
    expect(await readdir(outputDir()).catch(() => [])).toEqual([]);
    await rm(outputDir(), { recursive: true, force: true });
  });

  async function writeConfigs(): Promise<void> {
    await mkdir(folder('configs'));
    const { host, port, database: name, user, password } = factory.site;
    const direct = { host, port, database: name, user, password };
    const tunnel = {
      host: ssh.host,
      port: ssh.port,
      user: 'aoi',
      password: 'right',
      hostKeyFingerprint: ssh.fingerprints[0],
    };
    const sites = {
      HPH: { ...direct, ssh: tunnel },
      DATABASE_DOWN: { ...direct, port: 9 },
      TUNNEL_TO_NOTHING: { ...direct, port: 9, ssh: tunnel },
      SSH_DOWN: { ...direct, ssh: { ...tunnel, port: 9 } },
      OTHER_HOST_KEY: { ...direct, ssh: { ...tunnel, hostKeyFingerprint: `SHA256:${'A'.repeat(43)}` } },
      SSH_PASSWORD: { ...direct, ssh: { ...tunnel, password: 'wrong' } },
      DATABASE_PASSWORD: { ...direct, password: 'wrong', ssh: tunnel },
      NO_SECRET: { ...direct, password: '${A_VARIABLE_THAT_IS_NOT_SET}' },
    };
    const app = {
      server: { port: 0 },
      storage: { minimumFreeMiB: 0 },
      metadata: { connectTimeoutSeconds: 5, attempts: 1 },
      queue: { attempts: 1, retryDelaySeconds: 0 },
    };
    await writeFile(folder('configs', 'configs.yaml'), stringify(app));
    await writeFile(folder('configs', 'train_configs.yaml'), '{}\n');
    await writeFile(folder('configs', 'database_configs.yaml'), stringify({ sites }));
  }

  function env(): Record<string, string> {
    return {
      DATABASE_URL: database.url,
      POLARLINE_CONFIG: folder('configs'),
      POLARLINE_DATA: folder('data'),
      NO_COLOR: '1',
    };
  }

  interface Case {
    readonly input?: string;
    readonly site?: string;
    readonly lineId?: string;
    readonly more?: readonly string[];
    readonly uid?: number;
    readonly env?: Record<string, string>;
  }

  function run({
    input = line.inputDir,
    site = 'HPH',
    lineId = 'V31',
    more = [],
    ...options
  }: Case): Promise<CliResult> {
    const where = ['--input-dir', input, '--output-dir', outputDir(), '--site', site, '--line-id', lineId];
    return polarline(['run', ...where, '--orientations', line.orientationsPath, '--json', ...TINY, ...more], {
      ...options,
      env: { ...env(), ...options.env },
    });
  }

  function expectRefused({ code, stdout, stderr }: CliResult, expectedCode: string, sentence: RegExp): void {
    const last = jsonLines(stdout).at(-1) as { error?: { code: string; message: string } } | undefined;
    expect({ code, error: last?.error?.code, stderr }).toMatchObject({ code: 2, error: expectedCode });
    expect(stderr).toMatch(sentence);
    // A sentence for a person, and no stack.
    expect(stderr).not.toMatch(/\n\s+at /);
  }

  async function folderOf(name: string, ...inside: string[]): Promise<string> {
    for (const part of ['', ...inside]) await mkdir(folder(name, part), { recursive: true });
    return folder(name);
  }

  it('refuses an input folder that is not there', async () => {
    expectRefused(await run({ input: folder('nowhere') }), 'INPUT_MISSING', /expected a folder with OK\//);
  });

  it('refuses a folder without OK', async () => {
    const input = await folderOf('without-ok', 'NG', 'Good');
    expectRefused(await run({ input }), 'INPUT_OK_MISSING', /OK/);
  });

  it('refuses an empty folder, and an empty OK folder', async () => {
    expectRefused(await run({ input: await folderOf('empty') }), 'INPUT_OK_MISSING', /OK/);
    const input = await folderOf('empty-ok', 'OK', 'NG');
    expectRefused(await run({ input }), 'INPUT_EMPTY', /expected images of good parts, got no file/);
  });

  it('refuses a folder that may not be read', async () => {
    const input = await folderOf('locked', 'OK');
    await writeFile(join(input, 'OK', 'x.jpg'), '');
    await mkdir(folder('data'), { recursive: true });
    await chmod(join(input, 'OK'), 0o000);
    await chmod(folder('data'), 0o777);
    try {
      const isRoot = process.getuid?.() === 0;
      if (process.platform === 'win32' || (isRoot && !nobodyCanRunUs())) return;
      expectRefused(
        await run({ input, ...(isRoot ? { uid: NOBODY } : {}) }),
        'INPUT_UNREADABLE',
        /expected a folder that .*read/i,
      );
    } finally {
      await chmod(join(input, 'OK'), 0o755);
    }
  });

  it('refuses an unknown site and names the nearest', async () => {
    expectRefused(await run({ site: 'HPX' }), 'SITE_UNKNOWN', /did you mean HPH\?/);
  });

  it('refuses a site whose secret is not set, naming the variable', async () => {
    expectRefused(await run({ site: 'NO_SECRET' }), 'CONFIG_VARIABLE_MISSING', /A_VARIABLE_THAT_IS_NOT_SET/);
  });

  it.each([
    ['DATABASE_DOWN', 'DATABASE_UNREACHABLE', /check that it runs/],
    ['TUNNEL_TO_NOTHING', 'DATABASE_UNREACHABLE', /./],
    ['SSH_DOWN', 'SSH_UNREACHABLE', /check host, port and network/],
    ['OTHER_HOST_KEY', 'SSH_HOST_KEY_MISMATCH', /expected host key SHA256:A+.*nothing was sent/],
    ['SSH_PASSWORD', 'SSH_LOGIN_REFUSED', /correct user, password or privateKey/],
    ['DATABASE_PASSWORD', 'DATABASE_LOGIN_REFUSED', /wrong user or password/],
  ])('refuses the site %s', async (site, code, sentence) => {
    const result = await run({ site });
    expectRefused(result, code, sentence);
    expect(result.stdout + result.stderr).not.toMatch(/canary-database-password|right"/);
  });

  it('refuses a database of its own that does not answer', async () => {
    const result = await run({ env: { DATABASE_URL: 'postgresql://x:y@127.0.0.1:9/z' } });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/expected an answer from the database of database\.url or DATABASE_URL/);
  });

  it('refuses an input of which no row matches', async () => {
    expectRefused(await run({ lineId: 'V77' }), 'NO_IMAGE_CLASSIFIED', /V77/);
  });

  it.each([
    ['a key that does not exist', 'training.maxEpoch=3', 'CONFIG_INVALID', /did you mean training\.maxEpochs\?/],
    ['a value out of bounds', 'data.imageSizePx=20', 'CONFIG_INVALID', /expected 32\.\.1024, got 20/],
    ['no assignment', 'training.maxEpochs', 'OVERRIDE_INVALID', /expected key\.path=value/],
  ])('refuses %s in --set', async (_what, assignment, code, sentence) => {
    expectRefused(await run({ more: ['--set', assignment] }), code, sentence);
  });

  it('refuses YAML that is none, with its line', async () => {
    await writeFile(folder('bad.yaml'), 'training:\n  maxEpochs: 3\n   batchSize: [\n');
    expectRefused(
      await run({ more: ['--config', folder('bad.yaml')] }),
      'CONFIG_SYNTAX',
      /bad\.yaml:3:\d+: expected YAML/,
    );
    await writeFile(folder('unknown.yaml'), 'training:\n  maxEpochs: 3\n  bathSize: 8\n');
    expectRefused(
      await run({ more: ['--config', folder('unknown.yaml')] }),
      'CONFIG_INVALID',
      /training\.bathSize: unknown key; did you mean training\.batchSize\? \(.*unknown\.yaml:3\)/,
    );
    expectRefused(await run({ more: ['--config', folder('none.yaml')] }), 'CONFIG_UNREADABLE', /no such file/);
  });

  it('refuses answers that are no JSON or not there, before anything is started', async () => {
    await writeFile(folder('answers.json'), '{"a": ');
    expectRefused(await run({ more: ['--orientations', folder('answers.json')] }), 'ANSWERS_SYNTAX', /expected JSON/);
    expectRefused(await run({ more: ['--orientations', folder('none.json')] }), 'ANSWERS_UNREADABLE', /no such file/);
  });

  it('refuses to begin where the disk is full', async () => {
    await writeFile(folder('configs', 'full.yaml'), stringify({ storage: { minimumFreeMiB: 1_048_576 } }));
    const before = folder('configs', 'configs.yaml');
    const roomy = stringify({ server: { port: 0 }, storage: { minimumFreeMiB: 1_048_576 } });
    const original = stringify({ server: { port: 0 }, storage: { minimumFreeMiB: 0 }, queue: { attempts: 1 } });
    await writeFile(before, roomy);
    try {
      expectRefused(await run({}), 'DISK_FULL', /expected at least 1048576 MiB free/);
    } finally {
      await writeFile(before, original);
    }
  });

  it('leaves a disk that fills up on the way as it was', async () => {
    // A file system of 300 kB stands for a full disk; only root may mount one.
    const disk = folder('small-disk');
    await mkdir(disk);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'polarline-test', disk]).status === 0;
    if (!mounted) return;
    try {
      expectRefused(await run({ more: ['--output-dir', disk] }), 'DISK_FULL', /free some/i);
      expect(await readdir(disk)).toEqual([]);
    } finally {
      spawnSync('umount', [disk]);
    }
  });
});

function nobodyCanRunUs(): boolean {
  const script = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  const probe = spawnSync(process.execPath, ['-e', `require('node:fs').accessSync(${JSON.stringify(script)})`], {
    uid: NOBODY,
    gid: NOBODY,
  });
  return probe.status === 0;
}
