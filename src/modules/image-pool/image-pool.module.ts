import { Module } from '@nestjs/common';
import { LeasesModule } from '../leases/index.js';
import { QueueModule } from '../queue/queue.module.js';
import { ThumbnailsModule } from '../thumbnails/index.js';
import { ImagePoolController } from './image-pool.controller.js';
import { PoolDownloadRunner } from './pool-download-runner.js';
import { PoolDownloadService } from './pool-download.service.js';
import { PoolDownloadStore } from './pool-download-store.js';
import { PoolFetcher } from './pool-fetcher.js';
import { PoolImageService } from './pool-image.service.js';
import { PoolPlacementModule } from './pool-placement.module.js';
import { PoolTrashService } from './pool-trash.service.js';
import { PoolReconciler } from './pool-reconciler.js';

/** Images fetched from the lines; sorted here, they are input for training. */
@Module({
  imports: [LeasesModule, PoolPlacementModule, QueueModule, ThumbnailsModule],
  controllers: [ImagePoolController],
  providers: [
    PoolDownloadStore,
    PoolDownloadService,
    PoolImageService,
    PoolTrashService,
    PoolFetcher,
    PoolDownloadRunner,
    PoolReconciler,
  ],
  exports: [PoolDownloadService, PoolImageService, PoolTrashService, PoolDownloadRunner, PoolReconciler],
})
export class ImagePoolModule {}
