export {
  embedImages,
  streamEmbeddings,
  type EmbeddedBatch,
  type EmbedOptions,
  type UnreadableImage,
} from './embed-images.js';
export { embeddingWriter, writeEmbeddings, type WrittenEmbeddings } from './embedding-files.js';
export { listImages } from './list-images.js';
