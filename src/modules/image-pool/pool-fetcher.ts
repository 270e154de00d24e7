import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { AppError, isUnrecoverable } from '../../common/index.js';
import { imageExtension, inspectImage, type ImageContent } from '../../dataset/index.js';
import {
  ensureDiskSpace,
  explainDiskError,
  isPlainRelativePath,
  readZip,
  removeOwn,
} from '../../infra/storage/index.js';
import { LeaseLost, type Hold } from '../leases/index.js';
import { openLineSource, type LineImage } from '../metadata/index.js';
import { APP_CONFIG, LOGGER, SITES, type AppConfig, type Logger, type SitesFile } from '../settings/app-settings.js';
import { ImageServer, imageServerUrl } from './image-server.js';
import { PoolDownloadStore } from './pool-download-store.js';
import type { PoolDownloadEntity, PoolRefusal } from './pool-download.entity.js';
import { PoolFolder } from './pool-folder.js';
import { PoolImageEntity } from './pool-image.entity.js';

/** Images of one request: small enough that little is lost with a broken line, large enough to hide its round trip. */
const BATCH = 50;
const MOST_REFUSALS_KEPT = 100;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const MEGAPIXEL = 1_000_000;
/** Pictures are packed already; ten times their size is no picture. */
const MOST_RATIO = 100;

interface Fetched extends LineImage {
  readonly file: string;
  readonly content: ImageContent;
}

/** Brings the images of a download from the line into the pool, batch by batch. */
@Injectable()
export class PoolFetcher {
  readonly folder: PoolFolder;

  constructor(
    private readonly store: PoolDownloadStore,
    @Inject(SITES) private readonly sites: SitesFile,
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.folder = new PoolFolder(config.storage.poolFolder);
  }

  /**
   * Safe to run again after any interruption: what is stored is not fetched again.
   * @throws AppError of the database, the tunnel, the image server or an archive; LeaseLost when another worker has it
   *   by now
   */
  async fetch(download: PoolDownloadEntity, hold: Hold): Promise<void> {
    const { signal } = hold;
    const site = this.sites.site(download.site);
    const line = await openLineSource(download.site, site, this.config.metadata);
    const incoming = this.folder.incoming(download.id);
    try {
      const server = new ImageServer(imageServerUrl(download.site, site, download.lineId), line, {
        maxBytes: BATCH * this.config.limits.imageMiB * MIB,
        idleMs: this.config.metadata.queryTimeoutSeconds * 1000,
      });
      const all = await line.listImages(download, this.mostImages(download));
      const { wanted, known, refusals } = await this.sortOut(download, all);
      await this.record(download, { total: all.length, known, refused: refusals.length, refusals });
      await mkdir(incoming, { recursive: true });
      for (let start = 0; start < wanted.length; start += BATCH) {
        signal.throwIfAborted();
        await this.assertSpace(download);
        const batch = wanted.slice(start, start + BATCH);
        const outcome = await this.persistently(() => this.fetchBatch(server, batch, incoming, signal), signal);
        await this.keep(download, outcome.fetched, outcome.refusals, hold);
      }
    } finally {
      await line.close();
      await removeOwn(this.folder.root, incoming).catch(() => undefined);
    }
  }

  private mostImages({ imageLimit }: PoolDownloadEntity): number {
    const { downloadImages } = this.config.limits;
    return Math.min(imageLimit ?? downloadImages, downloadImages);
  }

  /** What is still to be asked for, by the name that its file will have. */
  private async sortOut(
    download: PoolDownloadEntity,
    all: readonly LineImage[],
  ): Promise<{ wanted: (LineImage & { file: string })[]; known: number; refusals: PoolRefusal[] }> {
    const { site, lineId, partNumber } = download;
    const rows = await this.store.manager.find(PoolImageEntity, {
      where: { site, lineId, partNumber },
      select: { file: true, downloadId: true },
    });
    const inPool = new Map(rows.map((row) => [row.file, row.downloadId]));
    const wanted = new Map<string, LineImage & { file: string }>();
    const refusals: PoolRefusal[] = [];
    let known = 0;
    for (const image of all) {
      const file = image.imagePath.slice(image.imagePath.lastIndexOf('/') + 1);
      if (!isPlainRelativePath(file) || imageExtension(file) === null)
        refusals.push({ file: image.imagePath, reason: 'expected the plain name of a JPEG, PNG or BMP file' });
      else if (wanted.has(file))
        refusals.push({ file: image.imagePath, reason: 'two images of the line have this name' });
      else if (!inPool.has(file)) wanted.set(file, { ...image, file });
      // What this download stored before an interruption is counted as stored.
      else if (inPool.get(file) !== download.id) known++;
    }
    return { wanted: [...wanted.values()], known, refusals };
  }

  private async assertSpace(download: PoolDownloadEntity): Promise<void> {
    const { minimumFreeMiB, poolFolder } = this.config.storage;
    await ensureDiskSpace(poolFolder, { neededBytes: 0, reserveBytes: minimumFreeMiB * MIB });
    const most = this.config.limits.downloadGiB * GIB;
    const [row] = await this.store.manager.query<{ bytes: string | null }[]>(
      'SELECT sum(size_bytes) AS bytes FROM pool_images WHERE download_id = $1',
      [download.id],
    );
    if (Number(row?.bytes ?? 0) > most)
      throw new AppError(
        'badInput',
        'DOWNLOAD_TOO_LARGE',
        `Expected at most ${this.config.limits.downloadGiB} GiB in one download (limits.downloadGiB), got more; what came is kept. Ask for fewer days.`,
      );
  }

  /** Again with growing pauses while the line may come back. */
  private async persistently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let pauseMs = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        signal.throwIfAborted();
        const hopeless = isUnrecoverable(error) || !(error instanceof AppError);
        if (hopeless || attempt >= this.config.metadata.attempts) throw error;
        this.logger.warn({ err: error, attempt }, 'The image server did not deliver; trying again');
        await sleep(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  private async fetchBatch(
    server: ImageServer,
    batch: readonly (LineImage & { file: string })[],
    incoming: string,
    signal: AbortSignal,
  ): Promise<{ fetched: (Fetched & { path: string })[]; refusals: PoolRefusal[] }> {
    const archive = join(incoming, 'batch.zip');
    await server.fetch(
      batch.map(({ imagePath }) => imagePath),
      archive,
      signal,
    );
    const { limits } = this.config;
    const maxEntryBytes = limits.imageMiB * MIB;
    const zipLimits = {
      maxEntries: 3 * BATCH,
      maxEntryBytes,
      maxTotalBytes: BATCH * maxEntryBytes,
      maxRatio: MOST_RATIO,
    };
    const fetched: (Fetched & { path: string })[] = [];
    const refusals: PoolRefusal[] = [];
    await readZip(archive, zipLimits, async (entries) => {
      const byName = new Map(entries.map((entry) => [entry.name, entry]));
      for (const [i, image] of batch.entries()) {
        // Servers name entries by the path that was asked for, or by its last part.
        const entry = byName.get(image.imagePath) ?? byName.get(image.file);
        if (!entry) {
          refusals.push({ file: image.file, reason: 'the image server does not have it' });
          continue;
        }
        const path = join(incoming, `${i}.${imageExtension(image.file)}`);
        await entry.saveTo(path, signal);
        const result = await inspectImage(path, {
          maxPixels: limits.imageMegapixels * MEGAPIXEL,
          maxFileBytes: maxEntryBytes,
        });
        if (result.ok) fetched.push({ ...image, content: result.content, path });
        else refusals.push({ file: image.file, reason: result.reason });
      }
    }).catch((error: unknown) => {
      throw explainDiskError(error, incoming);
    });
    await rm(archive, { force: true });
    return { fetched, refusals };
  }

  /** Files first, rows after: a row always has its file, and a file without a row is only fetched again. */
  private async keep(
    download: PoolDownloadEntity,
    fetched: readonly (Fetched & { path: string })[],
    refusals: readonly PoolRefusal[],
    hold: Hold,
  ): Promise<void> {
    hold.signal.throwIfAborted();
    await hold.assertHeld();
    const { site, lineId, partNumber } = download;
    const there = await this.store.manager.find(PoolImageEntity, {
      where: { site, lineId, partNumber, file: In(fetched.map(({ file }) => file)) },
      select: { file: true },
    });
    // Another download of the same part may have been faster.
    const doubled = new Set(there.map(({ file }) => file));
    for (const image of fetched) {
      if (doubled.has(image.file)) continue;
      const target = this.folder.file(download, null, image.file);
      await mkdir(dirname(target), { recursive: true });
      await rename(image.path, target);
    }
    const now = new Date();
    await this.store.transact(async (tx) => {
      const row = await this.store.lock(tx, download.id);
      assertHeld(row, download);
      let stored = 0;
      for (const { file, imagePath, product, capturedAt, content } of fetched) {
        const { sizeBytes, widthPx, heightPx, sha256 } = content;
        const image = { site, lineId, partNumber, file, imagePath, product, capturedAt, widthPx, heightPx, sha256 };
        const result = await tx.manager
          .createQueryBuilder()
          .insert()
          .into(PoolImageEntity)
          .values({ ...image, sizeBytes: String(sizeBytes), downloadId: download.id, storedAt: now })
          .orIgnore()
          .returning('id')
          .execute();
        stored += (result.raw as unknown[]).length;
      }
      row.known += fetched.length - stored;
      row.stored += stored;
      row.refused += refusals.length;
      row.refusals = [...row.refusals, ...refusals].slice(0, MOST_REFUSALS_KEPT);
      row.error = null;
      row.updatedAt = now;
      await tx.manager.save(row);
    });
  }

  private async record(
    download: PoolDownloadEntity,
    { refusals, ...counts }: Pick<PoolDownloadEntity, 'total' | 'known' | 'refused' | 'refusals'>,
  ): Promise<void> {
    await this.store.transact(async (tx) => {
      const row = await this.store.lock(tx, download.id);
      assertHeld(row, download);
      Object.assign(row, counts, { refusals: refusals.slice(0, MOST_REFUSALS_KEPT), updatedAt: new Date() });
      await tx.manager.save(row);
    });
  }
}

function assertHeld(row: PoolDownloadEntity, held: PoolDownloadEntity): void {
  if (row.fence !== held.fence) throw new LeaseLost(`Download ${row.id} is no longer held by this worker.`);
}
