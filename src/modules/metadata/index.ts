export type {
  ImageToFind,
  MetadataPlace,
  MetadataSource,
  ProductAnswer,
  ProductFound,
  ProductUnclear,
} from './metadata-source.js';
export { openMetadataSource } from './open-metadata-source.js';
