export { runPicturePath } from './run-picture.js';
export { ThumbnailsModule } from './thumbnails.module.js';
export { thumbnailFolder, ThumbnailsService, thumbnailQuery } from './thumbnails.service.js';
