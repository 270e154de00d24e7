import { describe, expect, it } from '@jest/globals';
import { Random } from '../../src/common/index.js';
import { trainConfigSchema } from '../../src/training/config.js';
import type {
  NamedTensors,
  SessionSpec,
  StepHyperparameters,
  TrainingSession,
  TrainingState,
} from '../../src/training/engines/engine.js';
import { createOnnxEmbedder } from '../../src/training/engines/index.js';
import type { Objective } from '../../src/training/engines/session/traced-functions.js';
import { buildLoss } from '../../src/training/losses/index.js';
import { buildHoam, type BackboneSpec } from '../../src/training/models/index.js';
import { openBlocks } from './open-blocks.js';

const config = trainConfigSchema.parse({
  model: { embeddingSize: 8, hiddenDim: 16, attentionHeads: 2 },
});

/** What every engine is tried with: four pictures of 32 px in two classes. */
export const contractSpec: SessionSpec = {
  model: config.model,
  loss: config.loss,
  classCount: 2,
  batchSize: 4,
  imageSizePx: 32,
  normalisation: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] },
  seed: 5,
  threads: 1,
};

export const contractHyper: StepHyperparameters = {
  learningRateBackbone: 1e-3,
  learningRateHead: 2e-3,
  weightDecay: 1e-2,
  weightDecayExemptions: true,
  gradientClipNorm: null,
  marginRad: 0.2,
  frozenBackbone: false,
};

const random = new Random('images');
const IMAGE_VALUES = 3 * 32 * 32;
export const contractImages = Float32Array.from({ length: 4 * IMAGE_VALUES }, () => random.next());
export const contractLabels = Int32Array.of(0, 0, 1, 1);

const backbone = (stages: BackboneSpec['stages']): BackboneSpec => ({
  stemChannels: 8,
  batchNormEps: 1e-5,
  padding: 'symmetric',
  defaultHiddenDim: 16,
  stages,
});

/** Every kind of block, small enough for tfjs' plain backend. */
export const EVERY_BLOCK = backbone([
  { block: 'ConvBnAct', stride: 1, expand: 1, outChannels: 8, repeats: 1 },
  { block: 'EdgeResidual', stride: 2, expand: 2, outChannels: 8, repeats: 2 },
  { block: 'InvertedResidual', stride: 1, expand: 2, outChannels: 8, repeats: 2 },
  { block: 'InvertedResidual', stride: 2, expand: 2, outChannels: 16, repeats: 1 },
]);

/** One block of each kind: for graphics processors that are emulated. */
export const FEW_BLOCKS = backbone([
  { block: 'ConvBnAct', stride: 1, expand: 1, outChannels: 8, repeats: 1 },
  { block: 'EdgeResidual', stride: 2, expand: 2, outChannels: 8, repeats: 1 },
  { block: 'InvertedResidual', stride: 2, expand: 2, outChannels: 16, repeats: 1 },
]);

/** HOAMV2 on such a backbone with the default loss. */
export function contractObjective(backbone: BackboneSpec, hiddenDim = 16): Objective {
  const model = buildHoam({ architecture: 'HOAMV2', backbone, hiddenDim, attentionHeads: 2, embeddingSize: 8 });
  return { model, loss: buildLoss(contractSpec.loss, contractSpec.classCount, model.embeddingSize) };
}

/** Relative L2 distance over all tensors. */
export function expectClose(actual: NamedTensors, expected: NamedTensors, tolerance: number): void {
  let [difference, size] = [0, 0];
  for (const [name, { data }] of expected)
    data.forEach((value, i) => {
      difference += (actual.get(name)!.data[i]! - value) ** 2;
      size += value ** 2;
    });
  expect(Math.sqrt(difference / size)).toBeLessThan(tolerance);
}

/** Bit for bit; Jest's own deep equality takes seconds on a plane of weights. */
function expectIdentical(actual: NamedTensors, expected: NamedTensors): void {
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [name, { data }] of expected)
    expect([name, bytesOf(actual.get(name)!.data).equals(bytesOf(data))]).toEqual([name, true]);
}

function bytesOf(data: Float32Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

export function expectSameState(actual: TrainingState, expected: TrainingState): void {
  for (const part of ['parameters', 'buffers', 'firstMoments', 'secondMoments'] as const)
    expectIdentical(actual[part], expected[part]);
  expect(actual.stepCounts).toEqual(expected.stepCounts);
  expect(actual.lossScale).toEqual(expected.lossScale);
}

/** Gradients as the first moments show them after one step, in which they reach every layer: m = 0.1 g. */
export async function momentsAfterOneStep(session: TrainingSession, with_: Partial<StepHyperparameters> = {}) {
  try {
    const start = await session.readState();
    await session.writeState({ ...start, parameters: openBlocks(start.parameters) });
    const { losses, gradientNorm } = await session.step(contractImages, contractLabels, { ...contractHyper, ...with_ });
    return { losses, gradientNorm, state: await session.readState() };
  } finally {
    await session.dispose();
  }
}

export interface EngineUnderContract {
  readonly name: string;
  readonly objective: Objective;
  /** Steps after which the loss must have fallen. */
  readonly steps: number;
  readonly create: () => Promise<TrainingSession>;
  /** Why it cannot run here, or undefined. */
  readonly absent?: string | undefined;
}

/** What every engine owes its callers. */
export function describeEngineContract({
  name: engineName,
  objective,
  steps,
  create,
  absent,
}: EngineUnderContract): void {
  const [images, labels, hyper, { model }] = [contractImages, contractLabels, contractHyper, objective];
  if (absent !== undefined) {
    describe.skip(`a training session on ${engineName} (skipped: ${absent})`, () => it('keeps the contract', () => {}));
    return;
  }
  describe(`a training session on ${engineName}`, () => {
    it('learns one batch by heart', async () => {
      const session = await create();
      const totals: number[] = [];
      for (let i = 0; i < steps; i++) totals.push((await session.step(images, labels, hyper)).losses.total);
      expect(totals.at(-1)!).toBeLessThan(totals[0]! * 0.9);
      await session.dispose();
    });

    it('leaves a frozen backbone untouched, its moments and counter too, while statistics move', async () => {
      const session = await create();
      const before = await session.readState();
      await session.step(images, labels, { ...hyper, frozenBackbone: true });
      const after = await session.readState();
      const frozen = model.parameters.filter(({ group }) => group === 'backbone').map(({ name }) => name);
      for (const name of frozen) {
        expect(bytesOf(after.parameters.get(name)!.data).equals(bytesOf(before.parameters.get(name)!.data))).toBe(true);
        expect(after.firstMoments.get(name)!.data.every((m) => m === 0)).toBe(true);
      }
      expect(after.stepCounts).toEqual({ backbone: 0, head: 1 });
      const head = model.parameters.find(({ group, name }) => group === 'head' && name.endsWith('weight'))!.name;
      expect(after.parameters.get(head)).not.toEqual(before.parameters.get(head));
      const statistic = model.buffers[0]!.name;
      expect(after.buffers.get(statistic)).not.toEqual(before.buffers.get(statistic));
      await session.dispose();
    });

    it('continues from a written state exactly as it would have gone on', async () => {
      const [first, second] = [await create(), await create()];
      await first.step(images, labels, hyper);
      await second.writeState(await first.readState());
      const [a, b] = [await first.step(images, labels, hyper), await second.step(images, labels, hyper)];
      expect(b).toEqual(a);
      expectSameState(await second.readState(), await first.readState());
      await first.dispose();
      await second.dispose();
    });

    it('reports a loss that is not finite and keeps the last finite state', async () => {
      const session = await create();
      const before = await session.readState();
      const { losses } = await session.step(
        images.map(() => Number.NaN),
        labels,
        hyper,
      );
      expect(Number.isFinite(losses.total)).toBe(false);
      expectSameState(await session.readState(), before);
      await session.dispose();
    });

    it('clips the gradient to the given norm', async () => {
      const free = await momentsAfterOneStep(await create());
      const clipped = await momentsAfterOneStep(await create(), { gradientClipNorm: free.gradientNorm / 2 });
      const halved = new Map(
        [...free.state.firstMoments].map(([name, { shape, data }]) => [name, { shape, data: data.map((m) => m / 2) }]),
      );
      expectClose(clipped.state.firstMoments, halved, 1e-4);
    });

    it('exports a model whose embeddings are the unit vectors of its own, for any batch', async () => {
      const session = await create();
      await session.step(images, labels, hyper);
      const raw = await session.embed(images.subarray(0, 3 * IMAGE_VALUES), 3);
      const embedder = await createOnnxEmbedder(await session.exportOnnx(), { threads: 1 });
      expect([embedder.imageSizePx, embedder.embeddingSize]).toEqual([32, 8]);
      const unit = await embedder.embed(images, 4);
      const single = await embedder.embed(images.subarray(0, IMAGE_VALUES), 1);
      for (let n = 0; n < 3; n++) {
        const row = raw.subarray(n * 8, (n + 1) * 8);
        const length = Math.hypot(...row);
        row.forEach((value, i) => expect(unit[n * 8 + i]).toBeCloseTo(value / length, 4));
      }
      single.forEach((value, i) => expect(value).toBeCloseTo(unit[i]!, 5));
      await embedder.dispose();
      await session.dispose();
    });

    it('refuses batches, labels and states that do not fit, naming what was expected', async () => {
      const session = await create();
      await expect(session.step(images.subarray(1), labels, hyper)).rejects.toThrow(/exactly 4 images/);
      await expect(session.step(images, Int32Array.of(0, 0, 1, 2), hyper)).rejects.toThrow(/expected 0\.\.1, got 2/);
      const state = await session.readState();
      await expect(session.writeState({ ...state, parameters: new Map() })).rejects.toThrow(/lacks/);
      await session.dispose();
      await expect(session.step(images, labels, hyper)).rejects.toThrow(/disposed/);
    });
  });
}
