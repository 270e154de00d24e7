import { describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { Random } from '../../common/index.js';
import { trainConfigSchema } from '../config.js';
import type { SessionSpec, StepHyperparameters } from './engine.js';
import { createOnnxEmbedder } from './index.js';
import { OnnxCpuEngine } from './onnx/onnx-engine.js';

const config = trainConfigSchema.parse({
  model: { backbone: 'tiny', embeddingSize: 16, hiddenDim: 16, attentionHeads: 2 },
  loss: { marginRad: 0.2 },
});

const spec: SessionSpec = {
  model: config.model,
  loss: config.loss,
  classCount: 3,
  batchSize: 6,
  imageSizePx: 32,
  normalisation: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] },
  seed: 5,
  threads: 1,
};

const hyper: StepHyperparameters = {
  learningRateBackbone: 1e-3,
  learningRateHead: 1e-3,
  weightDecay: 1e-4,
  weightDecayExemptions: false,
  gradientClipNorm: null,
  marginRad: 0.2,
  frozenBackbone: false,
};

const random = new Random('images');
const images = Float32Array.from({ length: 6 * 3 * 32 * 32 }, () => random.next());
const labels = Int32Array.of(0, 0, 1, 1, 2, 2);

describe('a training session on onnx-cpu', () => {
  it('learns one batch by heart', async () => {
    const session = await new OnnxCpuEngine().createSession(spec);
    const totals: number[] = [];
    for (let i = 0; i < 12; i++) totals.push((await session.step(images, labels, hyper)).losses.total);
    expect(totals.at(-1)!).toBeLessThan(totals[0]! * 0.6);
    await session.dispose();
  });

  it('exports a model whose embeddings are the unit vectors of its own, for any batch', async () => {
    const session = await new OnnxCpuEngine().createSession(spec);
    for (let i = 0; i < 3; i++) await session.step(images, labels, hyper);
    const raw = await session.embed(images, 6);
    const embedder = await createOnnxEmbedder(await session.exportOnnx(), { threads: 1 });
    expect([embedder.imageSizePx, embedder.embeddingSize]).toEqual([32, 16]);
    const unit = await embedder.embed(images, 6);
    const single = await embedder.embed(images.subarray(0, 3 * 32 * 32), 1);
    for (let n = 0; n < 6; n++) {
      const row = raw.subarray(n * 16, (n + 1) * 16);
      const length = Math.hypot(...row);
      row.forEach((value, i) => expect(unit[n * 16 + i]).toBeCloseTo(value / length, 4));
    }
    single.forEach((value, i) => expect(value).toBeCloseTo(unit[i]!, 5));
    await embedder.dispose();
    await session.dispose();
  });
});
