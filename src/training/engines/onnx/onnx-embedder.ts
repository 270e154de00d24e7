import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { badInput } from '../../../common/index.js';
import type { Embedder } from '../../embedder.js';
import { createRuntimeSession, runSession } from './runtime-session.js';

export interface EmbedderOptions {
  /** 0 takes all cores. */
  readonly threads: number;
}

/**
 * Opens an exported model (path or bytes). Blocks the calling thread while it runs: use it in a child
 * process or worker where that matters.
 */
export async function createOnnxEmbedder(model: string | Uint8Array, { threads }: EmbedderOptions): Promise<Embedder> {
  const session = await createRuntimeSession(model, { executionProvider: 'cpu', threads, optimisation: 'all' });
  const { imageSizePx, embeddingSize } = modelSizes(session, typeof model === 'string' ? model : 'the given model');
  const imageValues = 3 * imageSizePx * imageSizePx;
  return {
    imageSizePx,
    embeddingSize,
    async embed(images, count) {
      if (images.length !== count * imageValues)
        throw badInput('BATCH_SHAPE', `embed: expected ${count} x ${imageValues} values, got ${images.length}`);
      if (count === 0) return new Float32Array(0);
      const image = new Tensor('float32', images, [count, 3, imageSizePx, imageSizePx]);
      const { embedding } = await runSession(session, { image });
      return Float32Array.from(embedding!.data as Float32Array);
    },
    dispose: () => session.release(),
  };
}

function modelSizes(session: InferenceSession, what: string): { imageSizePx: number; embeddingSize: number } {
  const [input, output] = [
    session.inputMetadata.find(({ name }) => name === 'image'),
    session.outputMetadata.find(({ name }) => name === 'embedding'),
  ];
  const imageSizePx = input?.isTensor ? input.shape[3] : undefined;
  const embeddingSize = output?.isTensor ? output.shape[1] : undefined;
  if (typeof imageSizePx !== 'number' || typeof embeddingSize !== 'number')
    throw badInput(
      'NOT_AN_EMBEDDER',
      `${what}: expected a Polarline model with input image [batch, 3, S, S] and output embedding [batch, E], ` +
        `got inputs ${session.inputNames.join(', ')} and outputs ${session.outputNames.join(', ')}`,
    );
  return { imageSizePx, embeddingSize };
}
