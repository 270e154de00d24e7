import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, Not, type FindOptionsWhere } from 'typeorm';
import { badInput } from '../../common/index.js';
import { removeOwn } from '../../infra/storage/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { toImageDto, type PoolImageDto } from './pool-dto.js';
import type { PlaceFilter } from './pool-download.service.js';
import { PoolFolder, type PoolPart } from './pool-folder.js';
import { PoolImageEntity } from './pool-image.entity.js';
import { imageUnknown, keyOf, lockImages, scoped, targetOf, type Paging, type Place } from './pool-image-rows.js';
import { PoolPlacement, type PoolChange } from './pool-placement.js';
import { PoolImageService } from './pool-image.service.js';

export interface TrashedDto extends PoolImageDto {
  readonly part_number: string;
  readonly site: string;
  readonly line_id: string;
  readonly place: { readonly site: string; readonly line_id: string; readonly part_number: string };
}

export interface TrashDto {
  readonly images: readonly TrashedDto[];
  readonly total: number;
}

const REMOVE_AT_A_TIME = 500;

/** Images that were thrown away: they can be brought back until the trash is emptied. */
@Injectable()
export class PoolTrashService {
  private readonly folder: PoolFolder;

  constructor(
    private readonly dataSource: DataSource,
    private readonly images: PoolImageService,
    private readonly placement: PoolPlacement,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.folder = new PoolFolder(config.storage.poolFolder);
  }

  /** Moves images to the trash, from which they can be restored. @throws AppError `IMAGE_UNKNOWN`, `IMAGE_NOT_MOVED` */
  async remove(partNumber: string, place: Place, files: readonly string[], actor: Actor): Promise<{ deleted: number }> {
    const part = await this.images.part(partNumber, place);
    return this.placement.change(async (manager) => {
      const images = await lockImages(manager, keyOf(part), files, false);
      const change = { deletedAt: new Date(), deletedBy: actor.name };
      await manager.update(PoolImageEntity, { id: In(images.map(({ id }) => id)) }, change);
      await writeAudit(manager, actor, { action: 'pool.delete', target: targetOf(part), before: { files } });
      return { result: { deleted: files.length }, images: changedBy(images, change) };
    });
  }

  async restore(
    partNumber: string,
    place: Place,
    files: readonly string[],
    actor: Actor,
  ): Promise<{ restored: number }> {
    const [key] = await this.keysInTrash(partNumber, place, files);
    if (!key) throw imageUnknown(files);
    return this.placement.change(async (manager) => {
      const images = await lockImages(manager, key, files, true);
      const change = { deletedAt: null, deletedBy: null };
      await manager.update(PoolImageEntity, { id: In(images.map(({ id }) => id)) }, change);
      const target = targetOf({ part_number: key.partNumber, site: key.site, line_id: key.lineId });
      await writeAudit(manager, actor, { action: 'pool.restore', target, after: { files } });
      return { result: { restored: files.length }, images: changedBy(images, change) };
    });
  }

  /** What lies in the trash, newest first. */
  async trash(filter: PlaceFilter, { limit, offset }: Paging): Promise<TrashDto> {
    const [images, total] = await this.dataSource.manager.findAndCount(PoolImageEntity, {
      where: { ...scoped(filter), deletedAt: Not(IsNull()) },
      order: { deletedAt: 'DESC', id: 'DESC' },
      take: limit,
      skip: offset,
    });
    const place = ({ site, lineId, partNumber }: PoolImageEntity): TrashedDto['place'] => ({
      site,
      line_id: lineId,
      part_number: partNumber,
    });
    return { images: images.map((image) => ({ ...place(image), place: place(image), ...toImageDto(image) })), total };
  }

  /** Removes for good what lies in the trash, within the caller's scope. */
  async emptyTrash(filter: PlaceFilter, actor: Actor): Promise<{ removed: number }> {
    const removed = await this.removeForGood({ ...scoped(filter), deletedAt: Not(IsNull()) });
    await writeAudit(this.dataSource.manager, actor, {
      action: 'pool.empty',
      target: 'pool',
      before: { ...filter, images: removed },
    });
    return { removed };
  }

  /** For the clean-up: what was deleted before `time` goes for good. */
  removeTrashedBefore(time: Date): Promise<number> {
    return this.removeForGood({ deletedAt: LessThan(time) });
  }

  countTrashedBefore(time: Date): Promise<number> {
    return this.dataSource.manager.countBy(PoolImageEntity, { deletedAt: LessThan(time) });
  }

  private async removeForGood(where: FindOptionsWhere<PoolImageEntity>): Promise<number> {
    let removed = 0;
    for (;;) {
      const count = await this.dataSource.transaction(async (manager) => {
        const images = await manager.find(PoolImageEntity, {
          where,
          take: REMOVE_AT_A_TIME,
          lock: { mode: 'pessimistic_write' },
        });
        for (const image of images) {
          const path = await this.folder.locate(image);
          if (path !== null) await removeOwn(this.folder.root, path);
        }
        if (images.length > 0) await manager.delete(PoolImageEntity, { id: In(images.map(({ id }) => id)) });
        return images.length;
      });
      removed += count;
      if (count < REMOVE_AT_A_TIME) return removed;
    }
  }

  private async keysInTrash(partNumber: string, place: Place, files: readonly string[]): Promise<PoolPart[]> {
    const rows = await this.dataSource.manager.find(PoolImageEntity, {
      where: { ...scoped({ ...place, partNumber }), file: In([...files]), deletedAt: Not(IsNull()) },
      select: { id: true, site: true, lineId: true, partNumber: true },
    });
    const keys = [...new Map(rows.map((row) => [`${row.site}\0${row.lineId}`, row])).values()];
    if (keys.length <= 1) return keys.map(({ site, lineId }) => ({ site, lineId, partNumber }));
    throw badInput(
      'PART_AMBIGUOUS',
      `Part ${partNumber}: expected site and line_id, since several lines have these files in the trash; add ?site=…&line_id=….`,
    );
  }
}

function changedBy(
  images: readonly PoolImageEntity[],
  change: Pick<PoolImageEntity, 'deletedAt' | 'deletedBy'>,
): PoolChange<unknown>['images'] {
  return images.map((image) => ({ from: image, to: { ...image, ...change } }));
}
