import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import { AppError } from '../../common/index.js';
import { ImageDecodeError, withSmallPicture } from '../../dataset/index.js';
import { THUMBNAIL_SIZES_PX, ThumbnailCache, type ThumbnailSizePx } from '../../infra/storage/index.js';
import { sendFile } from '../http/send-file.js';
import { APP_CONFIG, type AppConfig } from '../settings/app-settings.js';

const MEGAPIXEL = 1_000_000;
const MIB = 2 ** 20;
const HOUR_S = 3600;

/** `?size=160`: the longer side of a thumbnail in pixels; without it a picture comes as it is. */
export const thumbnailQuery = z.object({
  size: z
    .enum(THUMBNAIL_SIZES_PX.map(String) as [string, ...string[]])
    .transform((size) => Number(size) as ThumbnailSizePx)
    .optional(),
});

export function thumbnailFolder({ storage }: Pick<AppConfig, 'storage'>): string {
  return join(storage.dataFolder, 'cache', 'thumbnails');
}

/** The one home of thumbnails: every route that shows pictures sends them from here. */
@Injectable()
export class ThumbnailsService {
  private readonly cache: ThumbnailCache;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    const { imageMegapixels, imageMiB } = config.limits;
    const limits = { maxPixels: imageMegapixels * MEGAPIXEL, maxFileBytes: imageMiB * MIB };
    this.cache = new ThumbnailCache(thumbnailFolder(config), (path, sizePx, encode) =>
      withSmallPicture(path, { sizePx, limits }, encode),
    );
  }

  /**
   * Sends the thumbnail of a picture, or the picture itself where no size is asked for, with ETag and
   * conditional requests. `path` must be one that the caller has checked.
   * @throws AppError `PICTURE_GONE` (notFound), `PICTURE_UNREADABLE` (badInput)
   */
  async send(response: Response, path: string, sizePx: ThumbnailSizePx | undefined): Promise<void> {
    try {
      if (sizePx === undefined) return await sendFile(response, path, { maxAgeS: HOUR_S });
      const thumbnail = await this.cache.of(path, sizePx);
      response.setHeader('ETag', thumbnail.etag);
      await sendFile(response, thumbnail.path, { maxAgeS: HOUR_S, lastModified: false });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR')
        throw new AppError('notFound', 'PICTURE_GONE', 'Expected a picture, but its file is gone.');
      if (error instanceof ImageDecodeError)
        throw new AppError('badInput', 'PICTURE_UNREADABLE', `Expected a picture, got: ${error.message}.`);
      throw error;
    }
  }
}
