import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sharp } from 'sharp';
import { replaceFileAtomic } from '../../common/index.js';

/** Longer side of a thumbnail; pages name one of these, so that no request can fill the disk with sizes. */
export const THUMBNAIL_SIZES_PX = [160, 320, 640] as const;
export type ThumbnailSizePx = (typeof THUMBNAIL_SIZES_PX)[number];

/** Hands a picture file to `encode`, upright and with a longer side of at most `sizePx`. */
export type ShrinkPicture = (
  path: string,
  sizePx: ThumbnailSizePx,
  encode: (picture: Sharp) => Promise<void>,
) => Promise<void>;

export interface Thumbnail {
  /** A WebP file; it stays as it is until its source changes. */
  readonly path: string;
  /** Quoted, strong: names the source's state and the size. */
  readonly etag: string;
}

/** Raised whenever thumbnails come out differently, so that no old one is taken for a new one. */
const RECIPE = 1;
const QUALITY = 78;
const AT_A_TIME = 4;

/**
 * Thumbnails, each made once: kept in a folder under a name that is the digest of source path, its size, its time
 * of change, and the thumbnail's size. A changed source gets a new one; the folder may be emptied at any time.
 */
export class ThumbnailCache {
  private readonly underWay = new Map<string, Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private working = 0;

  /**
   * @param folder where thumbnails are kept
   * @param shrink reads the sources
   */
  constructor(
    readonly folder: string,
    private readonly shrink: ShrinkPicture,
  ) {}

  /**
   * The thumbnail of a picture, made when it is first asked for; callers of the same moment share the work.
   * @param source absolute path that the caller has checked
   * @throws what stat throws when there is no such file, what `shrink` throws when it is no picture
   */
  async of(source: string, sizePx: ThumbnailSizePx): Promise<Thumbnail> {
    const { mtimeMs, size } = await stat(source);
    const key = createHash('sha256')
      .update(JSON.stringify([RECIPE, source, mtimeMs, size, sizePx]))
      .digest('hex');
    const path = join(this.folder, key.slice(0, 2), `${key.slice(2, 40)}.webp`);
    const thumbnail = { path, etag: `"${key.slice(0, 32)}"` };
    if (await exists(path)) return thumbnail;
    let work = this.underWay.get(key);
    if (!work) {
      work = this.inTurn(() => this.make(source, path, sizePx)).finally(() => this.underWay.delete(key));
      this.underWay.set(key, work);
    }
    await work;
    return thumbnail;
  }

  private async make(source: string, path: string, sizePx: ThumbnailSizePx): Promise<void> {
    await replaceFileAtomic(path, (temporaryPath) =>
      this.shrink(source, sizePx, async (picture) => {
        await picture.webp({ quality: QUALITY }).toFile(temporaryPath);
      }),
    );
  }

  /** A page asks for hundreds at once; a few at a time leave the processor to others. */
  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.working >= AT_A_TIME) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.working++;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.working--;
    }
  }
}

/**
 * Removes the thumbnails in `folder` that were made before a moment, and what a killed process left half-made.
 * @returns how many; with `dryRun` how many there are
 */
export async function pruneThumbnails(folder: string, before: Date, dryRun = false): Promise<number> {
  let count = 0;
  for (const shelf of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!shelf.isDirectory()) continue;
    for (const name of await readdir(join(folder, shelf.name))) {
      const path = join(folder, shelf.name, name);
      const found = await stat(path).catch(() => null);
      if (!found?.isFile() || found.mtimeMs >= before.getTime()) continue;
      if (!dryRun) await rm(path, { force: true });
      count++;
    }
  }
  return count;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}
