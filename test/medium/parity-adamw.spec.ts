import { expect, it } from '@jest/globals';
import { trainConfigSchema } from '../../src/training/config.js';
import { createAdamW } from '../../src/training/engines/adamw/adamw.js';
import {
  CPU_PLAIN_RULES,
  cpuRules,
  PORTABLE_RULES,
  type LoweringRules,
} from '../../src/training/engines/lowering/index.js';
import { OnnxTrainingSession } from '../../src/training/engines/onnx/onnx-training-session.js';
import { buildLoss, ORIGINAL_MARGIN_RAD } from '../../src/training/losses/index.js';
import { buildHoam } from '../../src/training/models/index.js';
import { MINI_MODELS, miniSpec, parityJson, parityTensors, relativeL2, type MiniConfig } from '../support/parity.js';
import { describeWithShared } from '../support/shared-data.js';

const FORWARD_TOLERANCE = 1e-4;
const UPDATE_TOLERANCE = 5e-2;

const RULES: Readonly<Record<string, () => Promise<LoweringRules>>> = {
  portable: async () => PORTABLE_RULES,
  'plain CPU': async () => CPU_PLAIN_RULES,
  'probed CPU': cpuRules,
};
const CASES = MINI_MODELS.flatMap((name) => Object.keys(RULES).map((rules) => [name, rules] as const));

describeWithShared('three AdamW steps on the ONNX engine equal PyTorch', 'parity/manifest.json', () => {
  it.each(CASES)('%s, %s lowering: losses, updates, running statistics, embeddings', async (name, lowering) => {
    const config = parityJson<MiniConfig>(`${name}.config.json`);
    const model = buildHoam(miniSpec(config, 'pooled'));
    const { loss: lossConfig } = trainConfigSchema.parse({ loss: { name: 'HybridMargin' } });
    const session = await OnnxTrainingSession.create(
      { model, loss: buildLoss(lossConfig, config.num_classes, config.embedding_size) },
      {
        batchSize: config.batch,
        imageSizePx: config.image_size,
        classCount: config.num_classes,
        normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
        seed: 0,
        threads: 1,
      },
      { executionProvider: 'cpu', rules: await RULES[lowering]!() },
    );
    const weights = parityTensors(`${name}.weights.safetensors`);
    const io = parityTensors(`${name}.io.safetensors`);
    const expected = parityTensors(`${name}.adamw3.safetensors`);
    const fresh = await session.readState();
    const named = (names: Iterable<string>) => new Map([...names].map((key) => [key, weights.get(key)!] as const));
    await session.writeState({
      ...fresh,
      parameters: named(fresh.parameters.keys()),
      buffers: named(fresh.buffers.keys()),
    });
    const images = io.get('x')!.data;
    const labels = Int32Array.from(io.get('y')!.data);
    const evaluated = await session.embed(images, config.batch);
    expect(relativeL2(evaluated, io.get('f64.eval.embedding')!.data64!)).toBeLessThan(FORWARD_TOLERANCE);

    const totals: number[] = [];
    for (let step = 0; step < 3; step++) {
      const { losses } = await session.step(images, labels, {
        learningRateBackbone: 1.5e-5,
        learningRateHead: 3e-4,
        weightDecay: 1e-4,
        weightDecayExemptions: false,
        gradientClipNorm: null,
        marginRad: ORIGINAL_MARGIN_RAD,
        frozenBackbone: false,
      });
      totals.push(losses.total);
    }
    expect(relativeL2(totals, io.get('f64.loss.steps')!.data64!)).toBeLessThan(FORWARD_TOLERANCE);

    const after = await session.readState();
    const skipped = new Set(config.null_grad_params);
    const wrong = [...after.parameters].flatMap(([key, { data }]) => {
      if (skipped.has(key)) return [];
      const start = weights.get(key)!.data;
      const error = relativeL2(
        data.map((value, i) => value - start[i]!),
        expected.get(`delta64.${key}`)!.data,
      );
      return error < UPDATE_TOLERANCE ? [] : [`${key}: ${error}`];
    });
    expect(wrong).toEqual([]);
    for (const [key, { data }] of after.buffers) {
      // Behind two biases whose gradients are zero but for rounding noise, which Adam turns into steps.
      const tolerance = key === 'model.head.4.running_mean' ? UPDATE_TOLERANCE : FORWARD_TOLERANCE;
      expect([key, relativeL2(data, expected.get(`buf64.${key}`)!.data) < tolerance]).toEqual([key, true]);
    }
    await session.dispose();
  });
});

describeWithShared('AdamW alone equals PyTorch', 'parity/adamw.safetensors', () => {
  it('over six steps of two learning rates, with a parameter that is unfrozen later', async () => {
    const vectors = parityTensors('adamw.safetensors');
    const rates = vectors.get('lr.per_step_group')!.data64!;
    const names = ['bb.w', 'bb.frozen', 'hd.w', 'hd.b'] as const;
    const stride = 16;
    const adamw = await createAdamW(names.length * stride);
    const range = (i: number) => ({ offset: i * stride, count: stride });
    names.forEach((name, i) => adamw.parameters.set(vectors.get(`p0.${name}`)!.data, i * stride));
    const stepCounts = names.map(() => 0);
    for (let step = 0; step < 6; step++) {
      names.forEach((name, i) => {
        const gradient = vectors.get(`grad.step${step}.${name}`);
        if (gradient === undefined) return;
        adamw.gradients.set(gradient.data, i * stride);
        const learningRate = rates[2 * step + (name.startsWith('bb') ? 0 : 1)]!;
        adamw.update(range(i), { learningRate, weightDecay: 1e-4, stepCount: ++stepCounts[i]!, gradientScale: 1 });
      });
      names.forEach((name, i) => {
        const expected = vectors.get(`f64.p.step${step + 1}.${name}`)!.data64!;
        const actual = adamw.parameters.subarray(i * stride, i * stride + expected.length);
        expect([step, name, relativeL2(actual, expected) < 1e-6]).toEqual([step, name, true]);
      });
    }
    expect(stepCounts).toEqual([6, 4, 6, 6]);
  });
});
