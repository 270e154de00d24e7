import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, parse } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { badInput, errorMessage } from '../../common/index.js';
import { imageExtension } from '../../dataset/index.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import { InputPolicy } from './input-policy.js';

export interface InputFolderDto {
  readonly name: string;
  readonly path: string;
  /** It holds a folder OK, so a training can start from it. */
  readonly has_ok: boolean;
}

/** One step of choosing an input folder: where one stands, what is above and what is below. */
export interface InputFoldersDto {
  /** Null stands for the list of allowed roots. */
  readonly path: string | null;
  /** The folder above; null leads back to the roots, and is absent there. */
  readonly parent?: string | null;
  readonly has_ok: boolean;
  readonly folders: readonly InputFolderDto[];
  /** Folders beyond the longest list that is shown. */
  readonly left_out: number;
}

const MOST_SHOWN = 500;

/** Walks the folders that input may come from, for people who choose one on a page. */
@Injectable()
export class InputFolders {
  constructor(
    private readonly policy: InputPolicy,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Folders below `path`, or the allowed roots. @throws AppError (badInput) outside of them or where nothing can be read. */
  async list(path: string | null): Promise<InputFoldersDto> {
    if (path === null) return this.roots();
    const real = await this.policy.checkReadable(path, 'path');
    const names = await foldersIn(real);
    const shown = names.slice(0, MOST_SHOWN);
    return {
      path: real,
      parent: await this.parentOf(real),
      has_ok: names.some(isOk),
      folders: await Promise.all(shown.map((name) => describe(join(real, name)))),
      left_out: names.length - shown.length,
    };
  }

  /** A picture of an input folder. @throws AppError (badInput) for anything that is no image under an allowed root. */
  async picture(path: string): Promise<string> {
    if (imageExtension(basename(path)) === null)
      throw badInput('NOT_AN_IMAGE', `path: expected an image (jpg, jpeg, png, bmp), got ${basename(path)}.`);
    return this.policy.checkReadable(path, 'path');
  }

  private async roots(): Promise<InputFoldersDto> {
    const { allowedInputRoots } = this.config.server;
    const roots = allowedInputRoots ?? [...new Set([homedir(), parse(process.cwd()).root])];
    return { path: null, has_ok: false, folders: await Promise.all(roots.map(describe)), left_out: 0 };
  }

  private async parentOf(real: string): Promise<string | null> {
    const parent = dirname(real);
    if (parent === real) return null;
    return this.policy.checkReadable(parent, 'path').catch(() => null);
  }
}

async function describe(path: string): Promise<InputFolderDto> {
  const below = await foldersIn(path).catch(() => []);
  return { name: basename(path) || path, path, has_ok: below.some(isOk) };
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw badInput(
      'FOLDER_UNREADABLE',
      `path: expected a folder that can be read, got ${path}: ${errorMessage(error)}`,
    );
  });
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

function isOk(name: string): boolean {
  return name.toUpperCase() === 'OK';
}
