export type {
  ImageCount,
  ImageQuery,
  ImageToFind,
  LineImage,
  LineSource,
  MetadataPlace,
  MetadataSource,
  ProductAnswer,
  ProductFound,
  ProductUnclear,
} from './metadata-source.js';
export { openLineSource, openMetadataSource } from './open-metadata-source.js';
