import { badInput } from '../../../common/index.js';
import type { SessionSpec } from '../engine.js';

type BatchSpec = Pick<SessionSpec, 'batchSize' | 'imageSizePx'>;

const imageValues = ({ imageSizePx }: BatchSpec): number => 3 * imageSizePx * imageSizePx;

/** @throws AppError `BATCH_SHAPE` unless images and labels are exactly one batch. */
export function requireWholeBatch(spec: BatchSpec, images: Float32Array, labels: Int32Array): void {
  const expected = spec.batchSize * imageValues(spec);
  if (images.length !== expected || labels.length !== spec.batchSize)
    throw badInput(
      'BATCH_SHAPE',
      `A step takes exactly ${spec.batchSize} images (${expected} values), ` +
        `got ${labels.length} labels and ${images.length} values`,
    );
}

/**
 * Embeds any number of images with a function for one batch: `run` takes `batch`, filled up with zeros, and
 * returns the embeddings of all of it. @throws AppError `BATCH_SHAPE`.
 */
export async function embedInBatches(
  spec: BatchSpec,
  { images, count, batch }: { readonly images: Float32Array; readonly count: number; readonly batch: Float32Array },
  embeddingSize: number,
  run: () => Promise<Float32Array>,
): Promise<Float32Array> {
  const values = imageValues(spec);
  if (images.length !== count * values)
    throw badInput('BATCH_SHAPE', `embed: expected ${count} x ${values} values, got ${images.length}`);
  const embeddings = new Float32Array(count * embeddingSize);
  for (let start = 0; start < count; start += spec.batchSize) {
    const size = Math.min(count - start, spec.batchSize);
    batch.fill(0, size * values);
    batch.set(images.subarray(start * values, (start + size) * values));
    embeddings.set((await run()).subarray(0, size * embeddingSize), start * embeddingSize);
  }
  return embeddings;
}
