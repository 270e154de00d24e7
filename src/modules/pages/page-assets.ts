import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { packageRoot } from '../../infra/config/index.js';

const VERSION_LENGTH = 12;

/**
 * Style, scripts and icon of the pages, under an address that changes with any of them: a browser keeps them for good and
 * never mixes those of two releases. Scripts find one another by relative addresses.
 */
@Injectable()
export class PageAssets {
  readonly version: string;
  private readonly paths: ReadonlyMap<string, string>;

  constructor() {
    const folder = join(packageRoot(), 'views', 'assets');
    this.paths = new Map(
      readdirSync(folder)
        .sort()
        .map((file) => [file, join(folder, file)]),
    );
    const digest = createHash('sha256');
    for (const [file, path] of this.paths) digest.update(file).update(readFileSync(path));
    this.version = digest.digest('hex').slice(0, VERSION_LENGTH);
  }

  /** Its address on a page. */
  url(file: string): string {
    return `/assets/${this.version}/${file}`;
  }

  /** Its path on disk, or null for what is none of them. */
  path(file: string): string | null {
    return this.paths.get(file) ?? null;
  }
}
