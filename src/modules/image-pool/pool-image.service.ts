import { Inject, Injectable } from '@nestjs/common';
import { DataSource, In, IsNull } from 'typeorm';
import { AppError, badInput } from '../../common/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { currentScope } from '../auth/access-scope.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { toImageDto, type PoolImageDto, type PoolPartDto } from './pool-dto.js';
import type { PlaceFilter } from './pool-download.service.js';
import { PoolFolder } from './pool-folder.js';
import { PoolImageEntity, type PoolLabel } from './pool-image.entity.js';
import {
  imageUnknown,
  keyOf,
  lockImages,
  NAMES_SHOWN,
  scoped,
  targetOf,
  type Paging,
  type Place,
} from './pool-image-rows.js';
import { PoolPlacement } from './pool-placement.js';

/** By file; null takes an image back to the unsorted ones. */
export type Classifications = Readonly<Record<string, PoolLabel | null>>;

export interface ClassifyResultDto {
  readonly changed: number;
  /** What each changed file was before: sent back as `classifications`, it undoes the change. */
  readonly before: Classifications;
}

/** The images of the pool: what there is, and sorting into OK and NG. */
@Injectable()
export class PoolImageService {
  readonly folder: PoolFolder;

  constructor(
    private readonly dataSource: DataSource,
    private readonly placement: PoolPlacement,
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
    await this.placement.settleShown(images);
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
   * @throws AppError `IMAGE_UNKNOWN` naming the files, `IMAGE_NOT_MOVED` (unavailable)
   */
  async classify(
    partNumber: string,
    place: Place,
    classifications: Classifications,
    actor: Actor,
  ): Promise<ClassifyResultDto> {
    const part = await this.part(partNumber, place);
    return this.placement.change(async (manager) => {
      const images = await lockImages(manager, keyOf(part), Object.keys(classifications), false);
      const before: Record<string, PoolLabel | null> = {};
      const after: Record<string, PoolLabel | null> = {};
      const changed: { from: PoolImageEntity; to: PoolImageEntity }[] = [];
      for (const image of images) {
        const label = classifications[image.file] ?? null;
        if (label === image.label) continue;
        before[image.file] = image.label;
        after[image.file] = label;
        changed.push({ from: image, to: { ...image, label } });
      }
      for (const label of ['OK', 'NG', null] as const) {
        const ids = changed.filter(({ to }) => to.label === label).map(({ to }) => to.id);
        if (ids.length > 0) await manager.update(PoolImageEntity, { id: In(ids) }, { label });
      }
      if (changed.length > 0)
        await writeAudit(manager, actor, { action: 'pool.classify', target: targetOf(part), before, after });
      return { result: { changed: changed.length, before }, images: changed };
    });
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
