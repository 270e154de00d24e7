export { ThumbnailsModule } from './thumbnails.module.js';
export { ThumbnailsService, thumbnailQuery } from './thumbnails.service.js';
