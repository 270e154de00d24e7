export {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  readSafetensorsMetadata,
  writeSafetensors,
  type SafetensorsFile,
  type StoredTensor,
  type WritableTensors,
} from './safetensors.js';
export { type Dtype } from './dtypes.js';
export { loadPretrained, withPretrained, type PretrainedWeights } from './pretrained.js';
