import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { safeFileName } from '../../dataset/index.js';
import { POOL_LABELS, type PoolImageEntity, type PoolLabel } from './pool-image.entity.js';

/** Which part of which line; everything of the pool is found by these three. */
export interface PoolPart {
  readonly site: string;
  readonly lineId: string;
  readonly partNumber: string;
}

type Located = Pick<PoolImageEntity, 'site' | 'lineId' | 'partNumber' | 'file' | 'label' | 'deletedAt'>;

const UNSORTED = 'unsorted';
const TRASH = '.trash';
const INCOMING = '.incoming';

/**
 * Where the pool keeps its files: `<site>/<line>/<part>/{OK,NG,unsorted}/<file>`, so that a part's folder is an
 * input folder for training once it is sorted. Every name comes from a row that was checked when it was stored.
 */
export class PoolFolder {
  constructor(readonly root: string) {}

  part({ site, lineId, partNumber }: PoolPart): string {
    return join(this.root, segment(site), segment(lineId), segment(partNumber));
  }

  file(part: PoolPart, label: PoolLabel | null, file: string): string {
    return join(this.part(part), label ?? UNSORTED, file);
  }

  trashed({ site, lineId, partNumber }: PoolPart, file: string): string {
    return join(this.trash, segment(site), segment(lineId), segment(partNumber), file);
  }

  get trash(): string {
    return join(this.root, TRASH);
  }

  /** Archives of a download on their way in. */
  incoming(downloadId: string): string {
    return join(this.root, INCOMING, downloadId);
  }

  /** Where a row says that its file is. */
  placeOf(image: Located): string {
    return image.deletedAt === null ? this.file(image, image.label, image.file) : this.trashed(image, image.file);
  }

  /**
   * Where the file of a row really is: an interruption between a move of the file and the commit of its row leaves
   * it in the folder where it was going to, or came from. Null when it is nowhere.
   */
  async locate(image: Located): Promise<string | null> {
    const elsewhere = [null, ...POOL_LABELS].map((label) => this.file(image, label, image.file));
    for (const path of [this.placeOf(image), ...elsewhere, this.trashed(image, image.file)])
      if ((await stat(path).catch(() => null))?.isFile() === true) return path;
    return null;
  }
}

/** One folder name; a digest keeps two names apart that read the same once they are made safe. */
function segment(text: string): string {
  const safe = safeFileName(text);
  return safe === text ? text : `${safe}~${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}
