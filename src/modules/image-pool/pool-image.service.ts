import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull, LessThan, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { removeOwn } from '../../infra/storage/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { currentScope } from '../auth/access-scope.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { toImageDto, type PoolImageDto, type PoolPartDto } from './pool-dto.js';
import type { PlaceFilter } from './pool-download.service.js';
import { PoolFolder, type PoolPart } from './pool-folder.js';
import { PoolImageEntity, type PoolLabel } from './pool-image.entity.js';

type Place = Omit<PlaceFilter, 'partNumber'>;
/** By file; null takes an image back to the unsorted ones. */
export type Classifications = Readonly<Record<string, PoolLabel | null>>;

export interface Paging {
  readonly limit: number;
  readonly offset: number;
}

export interface ClassifyResultDto {
  readonly changed: number;
  /** What each changed file was before: sent back as `classifications`, it undoes the change. */
  readonly before: Classifications;
}

const NAMES_SHOWN = 5;
const REMOVE_AT_A_TIME = 500;

/** The images of the pool: what there is, sorting into OK and NG, the trash. */
@Injectable()
export class PoolImageService {
  readonly folder: PoolFolder;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) config: AppConfig,
  ) {
    this.folder = new PoolFolder(config.storage.poolFolder);
  }

  /** Parts with at least one image, by number, within the caller's scope. */
  async parts(
    filter: PlaceFilter & { readonly text?: string },
    { limit, offset }: Paging,
  ): Promise<{ parts: PoolPartDto[]; total: number }> {
    const { sites, lines } = currentScope();
    const rows = await this.dataSource.query<PartRow[]>(PARTS_SQL, [
      sites,
      lines,
      filter.site ?? null,
      filter.lineId ?? null,
      filter.partNumber ?? null,
      filter.text === undefined || filter.text === '' ? null : `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`,
      limit,
      offset,
    ]);
    return { parts: rows.map((row) => this.toPartDto(row)), total: Number(rows[0]?.parts ?? 0) };
  }

  /** @throws AppError `PART_UNKNOWN`; `PART_AMBIGUOUS` (badInput) when several lines have it and none is named */
  async part(partNumber: string, place: Place): Promise<PoolPartDto> {
    const { parts } = await this.parts({ ...place, partNumber }, { limit: NAMES_SHOWN, offset: 0 });
    const [part] = parts;
    if (!part)
      throw new AppError(
        'notFound',
        'PART_UNKNOWN',
        `Expected a part number of the pool, got ${partNumber.slice(0, 80)}: there are no images of it.`,
      );
    if (parts.length === 1) return part;
    const lines = parts.map(({ site, line_id }) => `${site} ${line_id}`).join(', ');
    throw badInput(
      'PART_AMBIGUOUS',
      `Part ${partNumber}: expected site and line_id, since several lines have it (${lines}); add ?site=…&line_id=….`,
      { lines: parts.map(({ site, line_id }) => ({ site, line_id })) },
    );
  }

  /** Images that are not in the trash, oldest first. */
  async images(
    partNumber: string,
    place: Place,
    label: PoolLabel | 'unsorted' | '',
    { limit, offset }: Paging,
  ): Promise<{ part: PoolPartDto; images: PoolImageDto[]; total: number; limit: number; offset: number }> {
    const part = await this.part(partNumber, place);
    const labelled = label === '' ? {} : { label: label === 'unsorted' ? IsNull() : label };
    const [images, total] = await this.dataSource.manager.findAndCount(PoolImageEntity, {
      where: { ...keyOf(part), ...labelled, deletedAt: IsNull() },
      order: { capturedAt: 'ASC', id: 'ASC' },
      take: limit,
      skip: offset,
    });
    return { part, images: images.map(toImageDto), total, limit, offset };
  }

  /** Where the file of an image is. @throws AppError `IMAGE_UNKNOWN`, also for one whose file is gone */
  async path(partNumber: string, place: Place, file: string): Promise<string> {
    const image = await this.find(partNumber, place, file);
    const path = await this.folder.locate(image);
    if (path === null) throw imageUnknown([file]);
    return path;
  }

  /**
   * Sorts images into OK and NG (null: back to the unsorted). All or none: an unknown name changes nothing.
   * @throws AppError `IMAGE_UNKNOWN` naming the files
   */
  async classify(
    partNumber: string,
    place: Place,
    classifications: Classifications,
    actor: Actor,
  ): Promise<ClassifyResultDto> {
    const part = await this.part(partNumber, place);
    return this.dataSource.transaction(async (manager) => {
      const images = await this.lockAll(manager, keyOf(part), Object.keys(classifications), false);
      const before: Record<string, PoolLabel | null> = {};
      const after: Record<string, PoolLabel | null> = {};
      for (const image of images) {
        const label = classifications[image.file] ?? null;
        if (label === image.label) continue;
        before[image.file] = image.label;
        after[image.file] = label;
        await this.moveFile(image, { ...image, label });
      }
      for (const label of ['OK', 'NG', null] as const) {
        const ids = images.filter(({ file }) => file in after && after[file] === label).map(({ id }) => id);
        if (ids.length > 0) await manager.update(PoolImageEntity, { id: In(ids) }, { label });
      }
      const changed = Object.keys(after).length;
      if (changed > 0)
        await writeAudit(manager, actor, { action: 'pool.classify', target: targetOf(part), before, after });
      return { changed, before };
    });
  }

  /** Moves images to the trash, from which they can be restored. @throws AppError `IMAGE_UNKNOWN` */
  async remove(partNumber: string, place: Place, files: readonly string[], actor: Actor): Promise<{ deleted: number }> {
    const part = await this.part(partNumber, place);
    await this.dataSource.transaction(async (manager) => {
      const images = await this.lockAll(manager, keyOf(part), files, false);
      const change = { deletedAt: new Date(), deletedBy: actor.name };
      for (const image of images) await this.moveFile(image, { ...image, ...change });
      await manager.update(PoolImageEntity, { id: In(images.map(({ id }) => id)) }, change);
      await writeAudit(manager, actor, { action: 'pool.delete', target: targetOf(part), before: { files } });
    });
    return { deleted: files.length };
  }

  async restore(
    partNumber: string,
    place: Place,
    files: readonly string[],
    actor: Actor,
  ): Promise<{ restored: number }> {
    const [key] = await this.keysInTrash(partNumber, place, files);
    if (!key) throw imageUnknown(files);
    await this.dataSource.transaction(async (manager) => {
      const images = await this.lockAll(manager, key, files, true);
      const change = { deletedAt: null, deletedBy: null };
      for (const image of images) await this.moveFile(image, { ...image, ...change });
      await manager.update(PoolImageEntity, { id: In(images.map(({ id }) => id)) }, change);
      const target = targetOf({ part_number: key.partNumber, site: key.site, line_id: key.lineId });
      await writeAudit(manager, actor, { action: 'pool.restore', target, after: { files } });
    });
    return { restored: files.length };
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
        for (const image of images)
          await removeOwn(this.folder.trash, this.folder.trashed(image, image.file)).catch((error: unknown) => {
            // The folder is gone with all that was in it.
            if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
          });
        if (images.length > 0) await manager.delete(PoolImageEntity, { id: In(images.map(({ id }) => id)) });
        return images.length;
      });
      removed += count;
      if (count < REMOVE_AT_A_TIME) return removed;
    }
  }

  /** The row of each file, locked. @throws AppError `IMAGE_UNKNOWN` naming those that are not there */
  private async lockAll(
    manager: EntityManager,
    key: PoolPart,
    files: readonly string[],
    inTrash: boolean,
  ): Promise<PoolImageEntity[]> {
    const images = await manager.find(PoolImageEntity, {
      where: { ...key, file: In([...new Set(files)]), deletedAt: inTrash ? Not(IsNull()) : IsNull() },
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    const found = new Set(images.map(({ file }) => file));
    const missing = files.filter((file) => !found.has(file));
    if (missing.length > 0) throw imageUnknown(missing);
    return images;
  }

  /** Before its row is committed; `locate` finds it when the commit does not come. */
  private async moveFile(from: PoolImageEntity, to: PoolImageEntity): Promise<void> {
    const [source, target] = [await this.folder.locate(from), this.folder.placeOf(to)];
    if (source === null) throw imageUnknown([from.file]);
    if (source === target) return;
    await mkdir(dirname(target), { recursive: true });
    await rename(source, target);
  }

  /** An image of the pool or of its trash. */
  private async find(partNumber: string, place: Place, file: string): Promise<PoolImageEntity> {
    const images = await this.dataSource.manager.find(PoolImageEntity, {
      where: { ...scoped({ ...place, partNumber }), file },
      take: 2,
    });
    if (images.length === 1) return images[0]!;
    if (images.length === 0) throw imageUnknown([file]);
    throw badInput(
      'PART_AMBIGUOUS',
      `Part ${partNumber}: expected site and line_id, since several lines have ${file}; add ?site=…&line_id=….`,
    );
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

  private toPartDto(row: PartRow): PoolPartDto {
    const { parts: _, images, ok, ng, bytes, ...rest } = row;
    const key = { site: row.site, lineId: row.line_id, partNumber: row.part_number };
    return {
      ...rest,
      images: Number(images),
      ok: Number(ok),
      ng: Number(ng),
      unsorted: Number(images) - Number(ok) - Number(ng),
      bytes: Number(bytes),
      products: (row.products ?? []).filter((product) => product !== null),
      input_dir: this.folder.part(key),
    };
  }
}

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

interface PartRow {
  readonly part_number: string;
  readonly site: string;
  readonly line_id: string;
  readonly images: string;
  readonly ok: string;
  readonly ng: string;
  readonly bytes: string;
  readonly first: string | null;
  readonly last: string | null;
  readonly products: readonly string[] | null;
  readonly parts: string;
}

const PARTS_SQL = `SELECT part_number, site, line_id, count(*) AS images,
    count(*) FILTER (WHERE label = 'OK') AS ok, count(*) FILTER (WHERE label = 'NG') AS ng,
    sum(size_bytes) AS bytes, min(captured_at) AS first, max(captured_at) AS last,
    (array_agg(DISTINCT product))[1:20] AS products, count(*) OVER () AS parts
  FROM pool_images
  WHERE deleted_at IS NULL
    AND ($1::text[] IS NULL OR site = ANY($1)) AND ($2::text[] IS NULL OR line_id = ANY($2))
    AND ($3::text IS NULL OR site = $3) AND ($4::text IS NULL OR line_id = $4)
    AND ($5::text IS NULL OR part_number = $5) AND ($6::text IS NULL OR part_number ILIKE $6)
  GROUP BY part_number, site, line_id ORDER BY part_number, site, line_id LIMIT $7 OFFSET $8`;

function keyOf({ site, line_id, part_number }: Pick<PoolPartDto, 'site' | 'line_id' | 'part_number'>): PoolPart {
  return { site, lineId: line_id, partNumber: part_number };
}

function targetOf({ site, line_id, part_number }: Pick<PoolPartDto, 'site' | 'line_id' | 'part_number'>): string {
  return `part:${site}/${line_id}/${part_number}`;
}

/** What somebody asks for, as far as they may see it. */
function scoped({ site, lineId, partNumber }: PlaceFilter): FindOptionsWhere<PoolImageEntity> {
  const { sites, lines } = currentScope();
  const within = (asked: string | undefined, allowed: readonly string[] | null) =>
    asked === undefined
      ? allowed === null
        ? undefined
        : In([...allowed])
      : In(allowed?.includes(asked) === false ? [] : [asked]);
  const [mySite, myLine] = [within(site, sites), within(lineId, lines)];
  return {
    ...(mySite === undefined ? {} : { site: mySite }),
    ...(myLine === undefined ? {} : { lineId: myLine }),
    ...(partNumber === undefined ? {} : { partNumber }),
  };
}

function imageUnknown(files: readonly string[]): AppError {
  const shown = files.slice(0, NAMES_SHOWN).map((file) => file.slice(0, 120));
  const more = files.length > shown.length ? `, and ${files.length - shown.length} more` : '';
  return new AppError(
    'notFound',
    'IMAGE_UNKNOWN',
    `Expected images of this part, got names that it does not have: ${shown.join(', ')}${more}; nothing was changed.`,
    { files: shown },
  );
}
