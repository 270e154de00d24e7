import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const support = join(dirname(fileURLToPath(import.meta.url)), '..', 'support');
const SOFTWARE_DRIVER = '/usr/lib/chromium/libvk_swiftshader.so';
const absent = !existsSync(SOFTWARE_DRIVER)
  ? `${SOFTWARE_DRIVER} is absent`
  : spawnSync('cc', ['--version']).status !== 0
    ? 'there is no C compiler for the failing driver'
    : undefined;

interface Outcome {
  readonly value?: number;
  readonly code?: string;
  readonly kind?: string;
  readonly message?: string;
}

(absent === undefined ? describe : describe.skip)(
  `a graphics processor that fails${absent === undefined ? '' : ` (skipped: ${absent})`}`,
  () => {
    let folder: string;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'polarline-driver-'));
      const library = join(folder, 'driver.so');
      execFileSync('cc', ['-shared', '-fPIC', '-o', library, join(support, 'lost-device-driver.c'), '-ldl']);
      const manifest = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.0.5' } };
      writeFileSync(join(folder, 'driver.json'), JSON.stringify(manifest));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const provoke = (failure: 'lost' | 'memory'): Record<'before' | 'failed' | 'after', Outcome> => {
      const lossFile = join(folder, failure);
      const { stdout, stderr } = spawnSync(process.execPath, [join(support, 'failing-device.mjs'), failure, lossFile], {
        encoding: 'utf8',
        env: {
          ...process.env,
          VK_ICD_FILENAMES: join(folder, 'driver.json'),
          POLARLINE_TEST_DRIVER: SOFTWARE_DRIVER,
          POLARLINE_TEST_DEVICE_LOST: lossFile,
        },
      });
      if (!stdout.trim().startsWith('{')) throw new Error(`the child said: ${stdout} ${stderr}`);
      return JSON.parse(stdout) as Record<'before' | 'failed' | 'after', Outcome>;
    };

    it('is an error of another attempt when the device is lost, in a process of its own', () => {
      const { before, failed, after } = provoke('lost');
      expect(before).toEqual({ value: -2 });
      expect(failed).toMatchObject({ kind: 'unavailable', code: 'DEVICE_LOST' });
      expect(failed.message).toMatch(/last checkpoint.*training\.batchSize.*training\.executionProvider: cpu/);
      // Why a new process is needed.
      expect(after.code).toBe('DEVICE_LOST');
    });

    it('says which settings to lower when its memory does not suffice, and lives on', () => {
      const { failed, after } = provoke('memory');
      expect(failed).toMatchObject({ code: 'OUT_OF_MEMORY' });
      expect(failed.message).toMatch(/not enough memory.*Lower training\.batchSize or data\.imageSizePx/s);
      expect(after).toEqual({ value: -2 });
    });
  },
);
