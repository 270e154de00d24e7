import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { LineSummary } from '../../src/demo/line/index.js';
import { digestOfFolder, jsonLines, type CliResult } from '../support/cli.js';
import { CANARIES, createCliPlace, TINY_TRAINING, type CliPlace } from '../support/cli-place.js';

const NOBODY = 65_534;

describe('bad input on the command line', () => {
  let place: CliPlace;
  let line: LineSummary;
  let inputDigest: string;
  const folder = (...parts: string[]): string => place.folder(...parts);
  const outputDir = (): string => folder('runs');

  beforeAll(async () => {
    place = await createCliPlace();
    line = place.line;
    inputDigest = await digestOfFolder(line.inputDir);
  });
  afterAll(() => place?.release());

  afterEach(async () => {
    // Whatever was wrong: the input is as it was, and no run lies half-made in the output folder.
    expect(await digestOfFolder(line.inputDir)).toBe(inputDigest);
    expect(await readdir(outputDir()).catch(() => [])).toEqual([]);
    await rm(outputDir(), { recursive: true, force: true });
  });

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
    return place.cli(
      ['run', ...where, '--orientations', line.orientationsPath, '--json', ...TINY_TRAINING, ...more],
      options,
    );
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
    expectRefused(await run({ input: folder('nowhere') }), 'INPUT_FOLDER_MISSING', /expected a folder with OK\//);
  });

  it('refuses a folder without OK', async () => {
    const input = await folderOf('without-ok', 'NG', 'Good');
    expectRefused(await run({ input }), 'INPUT_WITHOUT_OK', /OK/);
  });

  it('refuses an empty folder, and an empty OK folder', async () => {
    expectRefused(await run({ input: await folderOf('empty') }), 'INPUT_WITHOUT_OK', /OK/);
    const input = await folderOf('empty-ok', 'OK', 'NG');
    expectRefused(await run({ input }), 'INPUT_EMPTY', /expected images of good parts, got no file/);
  });

  const asReader = unprivilegedUid();
  const withLockedFolder = asReader === null ? it.skip : it;
  withLockedFolder('refuses a folder that may not be read (needs a user who is not root)', async () => {
    const input = await folderOf('locked', 'OK');
    await writeFile(join(input, 'OK', 'x.jpg'), '');
    await mkdir(folder('data'), { recursive: true });
    await chmod(join(input, 'OK'), 0o000);
    await chmod(folder('data'), 0o777);
    try {
      expectRefused(
        await run({ input, ...(typeof asReader === 'number' ? { uid: asReader } : {}) }),
        'INPUT_UNREADABLE',
        /may not be read \(EACCES\); grant read permission/,
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
    ['TUNNEL_TO_NOTHING', 'SSH_FORWARD_FAILED', /127\.0\.0\.1:9/],
    ['SSH_DOWN', 'SSH_UNREACHABLE', /check host, port and network/],
    ['OTHER_HOST_KEY', 'SSH_HOST_KEY_MISMATCH', /expected host key SHA256:A+.*nothing was sent/],
    ['SSH_PASSWORD', 'SSH_LOGIN_REFUSED', /correct user, password or privateKey/],
    ['DATABASE_PASSWORD', 'DATABASE_LOGIN_REFUSED', /wrong user or password/],
  ])('refuses the site %s', async (site, code, sentence) => {
    const result = await run({ site });
    expectRefused(result, code, sentence);
    expect(result.stdout + result.stderr).not.toMatch(CANARIES);
  });

  it('refuses a database of its own that does not answer', async () => {
    const result = await run({ env: { DATABASE_URL: 'postgresql://x:y@127.0.0.1:9/z' } });
    expect(result.code).not.toBe(0);
    expect(result.stderr).toMatch(/expected an answer from the database of database\.url or DATABASE_URL/);
  });

  it('refuses an input of which no row matches', async () => {
    expectRefused(await run({ lineId: 'V77' }), 'NO_ROW_MATCHES', /V77/);
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
      /bad\.yaml:2:\d+: expected YAML/,
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
    await place.writeAppConfig({ storage: { minimumFreeMiB: 1_048_576 } });
    try {
      expectRefused(await run({}), 'DISK_FULL', /expected at least 1048576 MiB free/);
    } finally {
      await place.writeAppConfig();
    }
  });
});

/**
 * As whom a locked folder is locked: this very user, another one where this is root, or null where nobody else
 * may read our files or folders know no such lock.
 */
function unprivilegedUid(): number | 'self' | null {
  if (process.platform === 'win32') return null;
  if (process.getuid?.() !== 0) return 'self';
  const script = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');
  const probe = spawnSync(process.execPath, ['-e', `require('node:fs').accessSync(${JSON.stringify(script)})`], {
    uid: NOBODY,
    gid: NOBODY,
  });
  return probe.status === 0 ? NOBODY : null;
}
