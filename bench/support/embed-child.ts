// One process of the embed benchmark: exports a fresh model, opens it, times embeddings, prints them as JSON.
import { Random } from '../../src/common/index.js';
import { trainConfigSchema } from '../../src/training/config.js';
import { createOnnxEmbedder, selectEngine } from '../../src/training/engines/index.js';
import { openBlocks } from '../../test/support/open-blocks.js';

const options = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const number = (name: string): number => Number(options[name]);
const BACKBONES: Readonly<Record<string, string>> = {
  rw_s: 'efficientnetv2_rw_s',
  rw_t: 'efficientnetv2_rw_t',
  tf_b0: 'tf_efficientnetv2_b0',
};

const [batch, imageSizePx, threads] = [number('batch'), number('image-size'), number('threads')];
const config = trainConfigSchema.parse({
  model: { backbone: BACKBONES[options['backbone'] ?? ''] ?? options['backbone'] },
});
const { engine } = await selectEngine({ training: { engine: 'onnx', executionProvider: 'cpu' } });
const session = await engine.createSession({
  model: config.model,
  loss: config.loss,
  classCount: 5,
  batchSize: 8,
  imageSizePx,
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  seed: 0,
  threads,
});
const { parameters, buffers } = await session.readState();
const model = await session.exportOnnx({ parameters: openBlocks(parameters), buffers });
const embedder = await createOnnxEmbedder(model, { threads });
await session.dispose();
const random = new Random(0);
const images = Float32Array.from({ length: batch * 3 * imageSizePx ** 2 }, () => random.next());
const times: number[] = [];
for (let i = 0; i < number('steps') + 2; i++) {
  const start = performance.now();
  await embedder.embed(images, batch);
  times.push(performance.now() - start);
}
await embedder.dispose();
console.log(JSON.stringify(times.slice(2)));
