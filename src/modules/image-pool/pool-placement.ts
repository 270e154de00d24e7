import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { AppError } from '../../common/index.js';
import { mapConcurrently } from '../../dataset/index.js';
import { isInside, realPathOf } from '../../infra/storage/index.js';
import { APP_CONFIG, LOGGER, type AppConfig, type Logger } from '../settings/app-settings.js';
import { PoolFolder, type PoolPart } from './pool-folder.js';
import { imageUnknown } from './pool-image-rows.js';
import { PoolImageEntity } from './pool-image.entity.js';

/** What a change leaves: its outcome, and images as they were and as their rows now are. */
export interface PoolChange<T> {
  readonly result: T;
  readonly images: readonly { readonly from: PoolImageEntity; readonly to: PoolImageEntity }[];
}

interface Move {
  readonly source: string;
  readonly target: string;
}

const SETTLED_AT_A_TIME = 500;
const LOOKED_FOR_AT_A_TIME = 16;

/** Keeps the files of the pool where their rows say: training takes a part's folders at their word. */
@Injectable()
export class PoolPlacement {
  private readonly folder: PoolFolder;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.folder = new PoolFolder(config.storage.poolFolder);
  }

  /**
   * Changes rows by `work` and moves their files, all or none: nothing moves before every file is found, and whatever
   * fails, what has moved goes back.
   * @throws AppError `IMAGE_UNKNOWN` naming the files that are gone, `IMAGE_NOT_MOVED` (unavailable)
   */
  async change<T>(work: (manager: EntityManager) => Promise<PoolChange<T>>): Promise<T> {
    let moved: PoolChange<T>['images'] = [];
    try {
      return await this.dataSource.transaction(async (manager) => {
        const { result, images } = await work(manager);
        await this.moveAll(await this.movesOf(images));
        moved = images;
        return result;
      });
    } catch (error) {
      // A commit whose answer was lost may have been one; the rows know.
      if (moved.length > 0) await this.settleLocked(moved.map(({ from }) => from)).catch(this.noteMisplaced);
      throw error;
    }
  }

  /**
   * Puts the files of these images where their rows say, after an interruption between a change's moves and its commit.
   * @throws AppError `IMAGE_NOT_MOVED` (unavailable)
   */
  async settle(images: readonly PoolImageEntity[]): Promise<void> {
    const ifAway = async (image: PoolImageEntity): Promise<PoolImageEntity | null> => {
      const path = await this.folder.locate(image);
      return path === null || path === this.folder.placeOf(image) ? null : image;
    };
    const away: PoolImageEntity[] = [];
    for await (const image of mapConcurrently(images, ifAway, { concurrency: LOOKED_FOR_AT_A_TIME }))
      if (image) away.push(image);
    for (let start = 0; start < away.length; start += SETTLED_AT_A_TIME)
      await this.settleLocked(away.slice(start, start + SETTLED_AT_A_TIME));
  }

  /** The same for a list that somebody looks at, which shows them from where they are if need be. */
  async settleShown(images: readonly PoolImageEntity[]): Promise<void> {
    await this.settle(images).catch(this.noteMisplaced);
  }

  /** The same for all of the pool that lies in a folder which is about to be read as input; others are left alone. */
  async settleInput(inputDir: string): Promise<void> {
    const [root, input] = [await realPathOf(this.folder.root), await realPathOf(inputDir)];
    if (!isInside(root, input)) return;
    const parts = await this.dataSource.query<PoolPart[]>(
      'SELECT DISTINCT site, line_id AS "lineId", part_number AS "partNumber" FROM pool_images',
    );
    for (const { site, lineId, partNumber } of parts) {
      const part = join(root, relative(this.folder.root, this.folder.part({ site, lineId, partNumber })));
      if (!isInside(part, input) && !isInside(input, part)) continue;
      await this.settle(await this.dataSource.manager.findBy(PoolImageEntity, { site, lineId, partNumber }));
    }
  }

  /** Under the rows' locks, so that a change under way is waited for. */
  private settleLocked(images: readonly PoolImageEntity[]): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const rows = await manager.find(PoolImageEntity, {
        where: { id: In(images.map(({ id }) => id)) },
        order: { id: 'ASC' },
        lock: { mode: 'pessimistic_write' },
      });
      const failures: unknown[] = [];
      for (const row of rows) {
        const [source, target] = [await this.folder.locate(row), this.folder.placeOf(row)];
        if (source === null || source === target) continue;
        this.logger.warn({ from: source, to: target }, 'Putting an image of the pool where its row says');
        await moveFile({ source, target }).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    });
  }

  private async movesOf(images: PoolChange<unknown>['images']): Promise<Move[]> {
    const moves: Move[] = [];
    const missing: string[] = [];
    for (const { from, to } of images) {
      const [source, target] = [await this.folder.locate(from), this.folder.placeOf(to)];
      if (source === null) missing.push(from.file);
      else if (source !== target) moves.push({ source, target });
    }
    if (missing.length > 0) throw imageUnknown(missing);
    return moves;
  }

  private async moveAll(moves: readonly Move[]): Promise<void> {
    const done: Move[] = [];
    try {
      for (const move of moves) {
        await moveFile(move);
        done.push(move);
      }
    } catch (error) {
      for (const { source, target } of done.reverse())
        await moveFile({ source: target, target: source }).catch(this.noteMisplaced);
      throw error;
    }
  }

  private readonly noteMisplaced = (error: unknown): void => {
    this.logger.warn(
      { err: error },
      'An image of the pool is not where its row says; it is put there before it is used',
    );
  };
}

async function moveFile({ source, target }: Move): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    await rename(source, target);
  } catch (error) {
    const [file, reason] = [basename(target), (error as NodeJS.ErrnoException).code ?? 'an error'];
    throw new AppError(
      'unavailable',
      'IMAGE_NOT_MOVED',
      `Expected to move ${file} to ${dirname(target)}, got ${reason}; nothing was changed. Close what has the file open, check the rights to both folders, and try again.`,
      { file, reason },
      { cause: error },
    );
  }
}
