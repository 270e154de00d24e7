export { ImagePoolModule } from './image-pool.module.js';
export type { EstimateDto, PoolDownloadDto, PoolImageDto, PoolPartDto } from './pool-dto.js';
export { PoolDownloadRunner } from './pool-download-runner.js';
export { POOL_DOWNLOAD_MOVES, POOL_DOWNLOAD_STATUSES, type PoolDownloadStatus } from './pool-download-state.js';
export { PoolDownloadService } from './pool-download.service.js';
export { PoolImageService, type Classifications, type ClassifyResultDto } from './pool-image.service.js';
export { PoolReconciler } from './pool-reconciler.js';
export { PoolTrashService, type TrashDto } from './pool-trash.service.js';
export { downloadBodySchema, toDownloadSpec, type DownloadSpec } from './pool-request.js';
