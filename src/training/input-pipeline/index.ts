export { type BatchItem, type BatchRequest } from './batch-loader.js';
export { InputPipeline, resolveLoaderThreads, type InputPipelineSpec } from './input-pipeline.js';
