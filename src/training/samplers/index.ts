export { MPerClassSampler, type SamplerSpec } from './m-per-class-sampler.js';
