import { realpath, stat, statfs } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { badInput } from '../../common/index.js';
import { scanInput } from '../../dataset/index.js';
import { isInside, isInsideAny, realOrAsNamed } from '../../infra/storage/index.js';
import { assertInScope } from '../auth/access-scope.js';
import { PoolPlacement } from '../image-pool/pool-placement.js';
import { freeMiBAt } from './free-space.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';

export interface CheckedFolders {
  /** Absolute, with links resolved. */
  readonly inputDir: string;
  readonly outputDir: string;
}

/** Which folders a task may read and write. */
@Injectable()
export class InputPolicy {
  constructor(
    private readonly pool: PoolPlacement,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  get limits(): AppConfig['limits'] {
    return this.config.limits;
  }

  /**
   * Checks the input (allowed, readable, has OK with at least one file) and where the output goes.
   * @throws AppError (badInput) that says what was expected.
   */
  async check(inputDir: string, outputDir: string | null | undefined): Promise<CheckedFolders> {
    const input = await this.checkInput(inputDir);
    await this.pool.settleInput(input);
    // The first entry of a scan makes all checks of the folder itself.
    for await (const _entry of scanInput(input)) break;
    const output = await this.checkOutput(outputDir, input);
    await this.checkSpace(output);
    return { inputDir: input, outputDir: output };
  }

  /** A file or folder to read: exists and lies under an allowed root. Returns its real path. */
  async checkReadable(path: string, what: string): Promise<string> {
    assertPlain(path, what);
    const real = await realpath(resolve(path)).catch(() => null);
    if (real === null || !(await this.allowed(real)))
      throw badInput(
        real === null ? 'PATH_MISSING' : 'PATH_NOT_ALLOWED',
        real === null
          ? `${what}: expected an existing path, got ${path}.`
          : `${what}: expected a path under one of server.allowedInputRoots, got ${path}; name another or extend configs.yaml.`,
        { path },
      );
    return real;
  }

  /** Refuses to begin where storage.minimumFreeMiB are not free. @throws AppError `DISK_FULL` (badInput) */
  async requireFreeSpace(outputDir: string): Promise<void> {
    const { minimumFreeMiB } = this.config.storage;
    const disk = await statfs(await existingPartOf(outputDir)).catch(() => null);
    if (disk === null) return;
    const freeMiB = Math.floor((disk.bavail * disk.bsize) / (1024 * 1024));
    if (freeMiB >= minimumFreeMiB) return;
    throw badInput(
      'DISK_FULL',
      `output_dir: expected at least ${minimumFreeMiB} MiB free for ${outputDir} (storage.minimumFreeMiB), got ${freeMiB}; free some, or name a folder on another disk.`,
      { outputDir, freeMiB, minimumFreeMiB },
    );
  }

  private async checkInput(inputDir: string): Promise<string> {
    assertPlain(inputDir, 'input_dir');
    const absolute = resolve(inputDir);
    const real = await realpath(absolute).catch(() => absolute);
    if (await this.inPool(real)) return real;
    if (!(await this.allowed(real)))
      throw badInput(
        'INPUT_NOT_ALLOWED',
        `input_dir: expected a folder under one of server.allowedInputRoots, got ${inputDir}; name another or extend configs.yaml.`,
        { inputDir },
      );
    return real;
  }

  private async checkOutput(outputDir: string | null | undefined, inputDir: string): Promise<string> {
    if (outputDir === null || outputDir === undefined) return this.config.storage.runsFolder;
    assertPlain(outputDir, 'output_dir');
    const absolute = await realOrAsNamed(outputDir);
    if (isInside(inputDir, absolute))
      throw badInput(
        'OUTPUT_INSIDE_INPUT',
        `output_dir: expected a folder outside of the input folder, which is never written to, got ${outputDir}.`,
        { outputDir, inputDir },
      );
    if (!(await this.allowed(absolute)) && !(await isInsideAny([this.config.storage.runsFolder], absolute)))
      throw badInput(
        'OUTPUT_NOT_ALLOWED',
        `output_dir: expected a folder under storage.runsFolder or server.allowedInputRoots, got ${outputDir}.`,
        { outputDir },
      );
    const existing = await stat(absolute).catch(() => null);
    if (existing && !existing.isDirectory())
      throw badInput('OUTPUT_NOT_A_FOLDER', `output_dir: expected a folder, got a file: ${outputDir}.`, { outputDir });
    return absolute;
  }

  private async checkSpace(outputDir: string): Promise<void> {
    const { minimumFreeMiB } = this.config.storage;
    const freeMiB = Math.floor(await freeMiBAt(outputDir));
    if (freeMiB < minimumFreeMiB)
      throw badInput(
        'DISK_FULL',
        `${outputDir}: expected at least ${minimumFreeMiB} MiB free (storage.minimumFreeMiB), got ${freeMiB}; free some space or name another output folder.`,
        { outputDir, freeMiB, minimumFreeMiB },
      );
  }

  /** Images that Polarline fetched itself are input as well, for whoever may see their line. @throws AppError `OUT_OF_SCOPE` */
  private async inPool(real: string): Promise<boolean> {
    const pool = await realOrAsNamed(this.config.storage.poolFolder);
    const [site = '', lineId = '', partNumber = ''] = relative(pool, real).split(sep);
    if (!isInside(pool, real) || partNumber === '' || site.startsWith('.')) return false;
    assertInScope({ site, lineId });
    return true;
  }

  private async allowed(real: string): Promise<boolean> {
    const roots = this.config.server.allowedInputRoots;
    return roots === null || (await isInsideAny(roots, real));
  }
}

/** The path itself, or the nearest folder above it that exists. */
async function existingPartOf(absolute: string): Promise<string> {
  const found = await stat(absolute).catch(() => null);
  const parent = resolve(absolute, '..');
  return found !== null || parent === absolute ? absolute : existingPartOf(parent);
}

function assertPlain(path: string, what: string): void {
  if (path.includes('\0'))
    throw badInput('PATH_INVALID', `${what}: expected a path, got text with a NUL character.`, { what });
}
