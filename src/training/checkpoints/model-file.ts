import type { NamedTensors } from '../engines/engine.js';
import type { ModelWeights } from '../schedule/index.js';
import { readSafetensors, writeSafetensors } from '../weights/index.js';

const MODEL_PREFIX = 'model.';
const BUFFER_NAME = /\.running_(mean|var)$/;

/**
 * Writes a model (not its criterion) with PyTorch's state-dict names, weights and BatchNorm statistics side by
 * side: `load_state_dict(load_file(path))` reads it, strictly too (PyTorch adds `num_batches_tracked` itself).
 */
export async function writeModelFile(
  path: string,
  weights: ModelWeights,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors: NamedTensors = new Map();
  for (const [name, tensor] of [...weights.parameters, ...weights.buffers])
    if (name.startsWith(MODEL_PREFIX)) tensors.set(name.slice(MODEL_PREFIX.length), tensor);
  await writeSafetensors(path, tensors, metadata);
}

/** Reads what `writeModelFile` wrote. */
export async function readModelFile(
  path: string,
): Promise<{ weights: ModelWeights; metadata: Readonly<Record<string, string>> }> {
  const { tensors, metadata } = await readSafetensors(path);
  const weights: ModelWeights = { parameters: new Map(), buffers: new Map() };
  for (const [name, { shape, data }] of tensors) {
    const side = BUFFER_NAME.test(name) ? weights.buffers : weights.parameters;
    side.set(`${MODEL_PREFIX}${name}`, { shape, data });
  }
  return { weights, metadata };
}
