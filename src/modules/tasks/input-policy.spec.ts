import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAppConfig } from '../../infra/config/index.js';
import type { PoolPlacement } from '../image-pool/pool-placement.js';
import { InputPolicy } from './input-policy.js';

describe('the policy for input and output folders', () => {
  let root: string;
  let policy: InputPolicy;

  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'polarline-policy-')));
    await mkdir(join(root, 'nas', 'board', 'OK'), { recursive: true });
    await writeFile(join(root, 'nas', 'board', 'OK', 'a.jpg'), 'a');
    await mkdir(join(root, 'elsewhere', 'OK'), { recursive: true });
    await writeFile(join(root, 'elsewhere', 'OK', 'a.jpg'), 'a');
    // As people mount things: the settings name links, the folders lie behind them.
    await symlink(join(root, 'nas'), join(root, 'data'));
    await mkdir(join(root, 'disk2'));
    await symlink(join(root, 'disk2'), join(root, 'runs'));
    const overrides = {
      'server.allowedInputRoots': JSON.stringify([join(root, 'not-mounted'), join(root, 'data')]),
      'storage.dataFolder': join(root, 'polarline'),
      'storage.runsFolder': join(root, 'runs'),
      'storage.minimumFreeMiB': '0',
    };
    // None of these folders is the image pool's.
    const pool = { settleInput: async () => undefined } as unknown as PoolPlacement;
    policy = new InputPolicy(
      pool,
      loadAppConfig({ overrides: Object.entries(overrides).map(([key, value]) => `${key}=${value}`) }),
    );
  });

  afterAll(() => rm(root, { recursive: true, force: true }));

  it('takes roots that are links for what they lead to', async () => {
    const board = join(root, 'nas', 'board');
    for (const named of [join(root, 'data', 'board'), board])
      expect(await policy.check(named, join(root, 'runs', 'mine'))).toEqual({
        inputDir: board,
        outputDir: join(root, 'disk2', 'mine'),
      });
    expect(await policy.checkReadable(join(root, 'data'), 'path')).toBe(join(root, 'nas'));
  });

  it('refuses what lies outside of them, also through a link inside', async () => {
    await symlink(join(root, 'elsewhere'), join(root, 'nas', 'shortcut'));
    for (const named of [join(root, 'elsewhere'), join(root, 'data', 'shortcut')])
      await expect(policy.check(named, null)).rejects.toMatchObject({ code: 'INPUT_NOT_ALLOWED' });
    const board = join(root, 'data', 'board');
    for (const [output, code] of [
      [join(root, 'elsewhere', 'out'), 'OUTPUT_NOT_ALLOWED'],
      [join(board, 'out'), 'OUTPUT_INSIDE_INPUT'],
    ] as const)
      await expect(policy.check(board, output)).rejects.toMatchObject({ code });
  });
});
