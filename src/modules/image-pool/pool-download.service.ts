import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { In, type FindOptionsWhere, type QueryDeepPartialEntity } from 'typeorm';
import { AppError } from '../../common/index.js';
import { freeDiskBytes, ensureDiskSpace } from '../../infra/storage/index.js';
import { writeAudit } from '../audit/write-audit.js';
import { assertInScope, currentScope } from '../auth/access-scope.js';
import { isUniqueViolation } from '../leases/index.js';
import { openLineSource, type LineSource } from '../metadata/index.js';
import { APP_CONFIG, SITES, type AppConfig, type SitesFile } from '../settings/app-settings.js';
import type { Actor } from '../tasks/actor.js';
import { findByRequest, identifyRequest } from '../tasks/idempotency.js';
import { imageServerUrl } from './image-server.js';
import { toDownloadDto, type EstimateDto, type PoolDownloadDto } from './pool-dto.js';
import { PoolDownloadStore } from './pool-download-store.js';
import { PoolDownloadEntity } from './pool-download.entity.js';
import type { DownloadSpec } from './pool-request.js';

const MIB = 2 ** 20;

export interface PlaceFilter {
  readonly site?: string;
  readonly lineId?: string;
  readonly partNumber?: string;
}

/** What people and programs do with downloads: ask what one would bring, start, watch, cancel, retry. */
@Injectable()
export class PoolDownloadService {
  constructor(
    private readonly store: PoolDownloadStore,
    @Inject(SITES) private readonly sites: SitesFile,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
  ) {}

  /** Asks the line's database what a download would bring; fetches nothing. */
  async estimate(spec: DownloadSpec): Promise<EstimateDto> {
    const line = await this.open(spec);
    try {
      const [count, rows] = [await line.countImages(spec), await this.known(spec)];
      const inPool = Math.min(rows, count.images);
      const wanted = Math.min(count.images, spec.limit ?? count.images);
      const toFetch = Math.max(0, Math.min(wanted, count.images - inPool));
      const mean = await this.meanBytes(spec);
      return {
        images: count.images,
        to_fetch: toFetch,
        in_pool: inPool,
        products: count.products,
        first: count.first,
        last: count.last,
        estimated_bytes: mean === null ? null : Math.round(mean * toFetch),
        free_bytes: await freeDiskBytes(this.config.storage.poolFolder),
      };
    } finally {
      await line.close();
    }
  }

  /**
   * Starts a download once the line's database has answered and knows images; nothing stays behind otherwise.
   * @throws AppError `NO_IMAGES`, `TOO_MANY_IMAGES`, `DISK_FULL`, what opening the site throws (badInput);
   *   `IDEMPOTENCY_KEY_REUSED` (conflict); `OUT_OF_SCOPE` (forbidden)
   */
  async start(spec: DownloadSpec, actor: Actor): Promise<PoolDownloadDto> {
    assertInScope(spec);
    const request = identifyRequest(spec);
    const madeBefore = (): Promise<PoolDownloadEntity | null> =>
      findByRequest(this.store.manager, PoolDownloadEntity, request, actor, 'download');
    const earlier = await madeBefore();
    if (earlier) return toDownloadDto(earlier);
    await this.assertRoom();
    await this.check(spec);
    const now = new Date();
    const { limit, idempotencyKey: _, ...query } = spec;
    const download = this.store.manager.create(PoolDownloadEntity, {
      ...query,
      id: randomUUID(),
      status: 'pending',
      imageLimit: limit,
      total: null,
      stored: 0,
      known: 0,
      refused: 0,
      refusals: [],
      error: null,
      createdBy: actor.name,
      createdFrom: actor.from,
      createdAt: now,
      updatedAt: now,
      startedAt: null,
      finishedAt: null,
      fence: 0,
      idempotencyKey: request.key,
      requestDigest: request.digest,
    });
    try {
      await this.store.transact(async (tx) => {
        await tx.manager.insert(PoolDownloadEntity, download as QueryDeepPartialEntity<PoolDownloadEntity>);
        await this.store.schedule(tx, download);
        await writeAudit(tx.manager, actor, {
          action: 'pool.download',
          target: `download:${download.id}`,
          after: { ...query, limit },
        });
      });
    } catch (error) {
      // Two calls with one key at the same moment: the second finds what the first made.
      const winner = isUniqueViolation(error) ? await madeBefore() : null;
      if (winner) return toDownloadDto(winner);
      throw error;
    }
    return toDownloadDto(download);
  }

  async get(id: string): Promise<PoolDownloadDto> {
    return toDownloadDto(await this.store.find(id));
  }

  /** Newest first, within the caller's scope. */
  async list(filter: PlaceFilter, limit = 50, offset = 0): Promise<{ tasks: PoolDownloadDto[]; total: number }> {
    const { sites, lines } = currentScope();
    const mine: FindOptionsWhere<PoolDownloadEntity> = {
      ...(sites === null ? {} : { site: In([...sites]) }),
      ...(lines === null ? {} : { lineId: In([...lines]) }),
    };
    const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
    const [rows, total] = await this.store.manager.findAndCount(PoolDownloadEntity, {
      where: Object.keys(asked).length === 0 ? mine : { ...mine, ...asked, ...insideScope(filter) },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
      skip: offset,
    });
    return { tasks: rows.map(toDownloadDto), total };
  }

  /** Stops a live download; what it has stored stays. Harmless on a cancelled one. */
  async cancel(id: string, actor: Actor): Promise<PoolDownloadDto> {
    await this.store.find(id);
    return this.store.transact(async (tx) => {
      const download = await this.store.lock(tx, id);
      if (download.status === 'cancelled') return toDownloadDto(download);
      const { jobId, status } = download;
      await this.store.move(tx, download, 'cancelled');
      await writeAudit(tx.manager, actor, moved('pool.cancel', id, status, 'cancelled'));
      if (jobId !== null) tx.afterCommit(() => this.store.removeJob(jobId));
      return toDownloadDto(download);
    });
  }

  /** Takes up a failed or cancelled download; what is stored is not fetched again. */
  async retry(id: string, actor: Actor): Promise<PoolDownloadDto> {
    await this.store.find(id);
    return this.store.transact(async (tx) => {
      const download = await this.store.lock(tx, id);
      const { status } = download;
      await this.store.move(tx, download, 'pending', { error: null });
      await writeAudit(tx.manager, actor, moved('pool.retry', id, status, 'pending'));
      return toDownloadDto(download);
    });
  }

  private async check(spec: DownloadSpec): Promise<void> {
    const { poolFolder, minimumFreeMiB } = this.config.storage;
    await ensureDiskSpace(poolFolder, { neededBytes: 0, reserveBytes: minimumFreeMiB * MIB });
    const line = await this.open(spec);
    let images: number;
    try {
      ({ images } = await line.countImages(spec));
    } finally {
      await line.close();
    }
    if (images === 0)
      throw new AppError(
        'badInput',
        'NO_IMAGES',
        `Expected images of ${spec.partNumber} on ${spec.site} ${spec.lineId} from ${spec.startDate} to ${spec.endDate}, got none; check part number, line and days.`,
      );
    const { downloadImages } = this.config.limits;
    if (Math.min(images, spec.limit ?? images) > downloadImages)
      throw new AppError(
        'badInput',
        'TOO_MANY_IMAGES',
        `Expected at most ${downloadImages} images at a time (limits.downloadImages), got ${images}; ask for fewer days or give a limit.`,
        { images, downloadImages },
      );
  }

  /** An unreachable line is the caller's to mend before anything is started. */
  private async open(spec: DownloadSpec): Promise<LineSource> {
    assertInScope(spec);
    const site = this.sites.site(spec.site);
    try {
      const line = await openLineSource(spec.site, site, this.config.metadata);
      try {
        imageServerUrl(spec.site, site, spec.lineId);
      } catch (error) {
        await line.close();
        throw error;
      }
      return line;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'unavailable')
        throw new AppError('badInput', error.code, error.message, error.details, { cause: error });
      throw error;
    }
  }

  private async known({ site, lineId, partNumber, startDate, endDate }: DownloadSpec): Promise<number> {
    const [row] = await this.store.manager.query<{ count: string }[]>(
      `SELECT count(*) FROM pool_images WHERE part_number = $1 AND site = $2 AND line_id = $3
        AND captured_at >= $4 AND captured_at < ($5::date + 1)::text`,
      [partNumber, site, lineId, startDate, endDate],
    );
    return Number(row!.count);
  }

  private async meanBytes({ site, lineId }: DownloadSpec): Promise<number | null> {
    const [row] = await this.store.manager.query<{ mean: string | null }[]>(
      `SELECT avg(size_bytes) AS mean FROM
        (SELECT size_bytes FROM pool_images WHERE site = $1 AND line_id = $2 ORDER BY id DESC LIMIT 1000) recent`,
      [site, lineId],
    );
    return row?.mean == null ? null : Number(row.mean);
  }

  private async assertRoom(): Promise<void> {
    const waiting = await this.store.manager.countBy(PoolDownloadEntity, { status: 'pending' });
    const { waitingTasks } = this.config.limits;
    if (waiting >= waitingTasks)
      throw new AppError(
        'tooMany',
        'TOO_MANY_TASKS',
        `Expected fewer than ${waitingTasks} downloads in line (limits.waitingTasks), got ${waiting}; try again later.`,
        { waiting, waitingTasks },
      );
  }
}

/** A filter for what lies outside of somebody's scope finds nothing. */
function insideScope({ site, lineId }: PlaceFilter): FindOptionsWhere<PoolDownloadEntity> {
  const { sites, lines } = currentScope();
  const denied =
    (site !== undefined && sites?.includes(site) === false) ||
    (lineId !== undefined && lines?.includes(lineId) === false);
  return denied ? { id: In([]) } : {};
}

function moved(action: string, id: string, from: string, to: string) {
  return { action, target: `download:${id}`, before: { status: from }, after: { status: to } };
}
