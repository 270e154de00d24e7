/**
 * @jest-environment-options {"graphics": true}
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { trainConfigSchema } from '../../src/training/config.js';
import { DeviceTrainingSession } from '../../src/training/engines/device/device-session.js';
import { cpuRules, PORTABLE_RULES } from '../../src/training/engines/lowering/index.js';
import { OnnxBuilder } from '../../src/training/engines/lowering/onnx-builder.js';
import { encodeOnnx } from '../../src/training/engines/onnx-file/encode.js';
import { OnnxTrainingSession } from '../../src/training/engines/onnx/onnx-training-session.js';
import { OnnxEngine } from '../../src/training/engines/onnx/onnx-engine.js';
import { probeHalfPrecision, probeProvider } from '../../src/training/engines/onnx/probe-provider.js';
import { createRuntimeSession } from '../../src/training/engines/onnx/runtime-session.js';
import type { TrainingSession } from '../../src/training/engines/engine.js';
import { buildLoss } from '../../src/training/losses/index.js';
import { buildModel } from '../../src/training/models/index.js';
import {
  contractHyper,
  contractImages,
  contractLabels,
  contractObjective,
  contractSpec,
  describeEngineContract,
  expectClose,
  FEW_BLOCKS,
  momentsAfterOneStep,
} from '../support/engine-contract.js';

const { available, detail } = await probeProvider('webgpu');
const objective = contractObjective(FEW_BLOCKS);
const onGraphics = (trained = objective): Promise<DeviceTrainingSession> =>
  DeviceTrainingSession.create(trained, contractSpec, {
    executionProvider: 'webgpu',
    rules: PORTABLE_RULES,
    everyNodeOnDevice: true,
  });
const onProcessor = async (): Promise<TrainingSession> =>
  OnnxTrainingSession.create(objective, contractSpec, { executionProvider: 'cpu', rules: await cpuRules() });

/** `POLARLINE_LEAK_STEPS=100` looks longer. */
const LEAK_STEPS = Number(process.env['POLARLINE_LEAK_STEPS'] ?? 12);

// Compiled shaders live as long as some session does: this one keeps them for all tests.
let keeper: DeviceTrainingSession | undefined;
beforeAll(async () => {
  if (available) keeper = await onGraphics();
}, 300_000);
afterAll(async () => keeper?.dispose());

(available ? describe : describe.skip)(
  `a training step on a graphics processor${available ? '' : ` (skipped: ${detail})`}`,
  () => {
    it('has the losses, gradients and AdamW step of the processor, every node on the device', async () => {
      for (const frozenBackbone of [false, true]) {
        const with_ = { frozenBackbone, gradientClipNorm: 20 };
        const expected = await momentsAfterOneStep(await onProcessor(), with_);
        const actual = await momentsAfterOneStep(await onGraphics(), with_);
        for (const name of ['total', 'arcface', 'triplet', 'center'] as const)
          expect(Math.abs(actual.losses[name] - expected.losses[name])).toBeLessThan(
            1e-4 * (1 + expected.losses[name]),
          );
        expect(Math.abs(actual.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(1e-3);
        expectClose(actual.state.firstMoments, expected.state.firstMoments, 1e-3);
        expectClose(actual.state.secondMoments, expected.state.secondMoments, 2e-3);
        expectClose(actual.state.buffers, expected.state.buffers, 1e-4);
        expectClose(actual.state.parameters, expected.state.parameters, 1e-3);
      }
    }, 600_000);

    it('follows the processor over several steps, and embeds as it does', async () => {
      const [graphics, processor] = [await onGraphics(), await onProcessor()];
      try {
        // AdamW's first steps are signs of gradients: at larger rates rounding alone drives two runs apart.
        const gentle = { ...contractHyper, learningRateBackbone: 1e-4, learningRateHead: 2e-4 };
        for (let i = 0; i < 4; i++) {
          const expected = await processor.step(contractImages, contractLabels, gentle);
          const actual = await graphics.step(contractImages, contractLabels, gentle);
          expect(Math.abs(actual.losses.total / expected.losses.total - 1)).toBeLessThan(2e-3);
        }
        const state = await processor.readState();
        expectClose((await graphics.readState()).parameters, state.parameters, 1e-3);
        await graphics.writeState(state);
        const [expected, actual] = [await processor.embed(contractImages, 4), await graphics.embed(contractImages, 4)];
        const difference = Math.hypot(...actual.map((value, i) => value - expected[i]!));
        expect(difference / Math.hypot(...expected)).toBeLessThan(1e-3);
      } finally {
        await graphics.dispose();
        await processor.dispose();
      }
    }, 600_000);

    it('keeps the state on the device without keeping old ones', async () => {
      const wide = contractObjective(FEW_BLOCKS, 192);
      const stateBytes = [...wide.model.parameters, ...wide.loss.parameters].reduce(
        (bytes, { shape }) => bytes + 3 * 4 * shape.reduce((product, size) => product * size, 1),
        0,
      );
      const session = await onGraphics(wide);
      try {
        const step = (): Promise<unknown> => session.step(contractImages, contractLabels, contractHyper);
        for (let i = 0; i < 3; i++) await step();
        // The emulated device's memory is this process' own.
        const before = process.memoryUsage.rss();
        for (let i = 0; i < LEAK_STEPS; i++) await step();
        const growth = process.memoryUsage.rss() - before;
        expect(growth).toBeLessThan((LEAK_STEPS * stateBytes) / 2);
      } finally {
        await session.dispose();
      }
    }, 600_000);

    it('says whether it computes in mixed precision, and why not', async () => {
      const { works, reason } = await probeHalfPrecision();
      const asked = await new OnnxEngine('webgpu', {}, 'auto').probe();
      expect(asked.detail).toMatch(works ? /, mixed precision$/ : /, single precision \(the adapter cannot .+\)$/);
      expect(works ? '' : reason).toMatch(works ? /^$/ : /shader-f16/);
      expect((await new OnnxEngine('webgpu').probe()).detail).toBe('ONNX Runtime on webgpu');
    });

    it.each([false, true])('places every node of tiny on the device, mixed precision: %s', async (mixedPrecision) => {
      const model = buildModel(trainConfigSchema.parse({ model: { backbone: 'tiny', embeddingSize: 32 } }).model);
      const loss = buildLoss(contractSpec.loss, contractSpec.classCount, model.embeddingSize);
      const session = await DeviceTrainingSession.create({ model, loss }, contractSpec, {
        executionProvider: 'webgpu',
        rules: PORTABLE_RULES,
        everyNodeOnDevice: true,
        mixedPrecision,
      });
      await session.prepare(false);
      await session.prepare(true);
      await session.dispose();
    });

    it('refuses a model of which a node would run on the processor', async () => {
      const builder = new OnnxBuilder();
      const determinant = builder.op('Det', ['x']);
      const model = builder.finish(
        [{ name: 'x', type: 'float32', shape: [2, 2] }],
        [{ name: determinant, type: 'float32', shape: [] }],
      );
      const create = createRuntimeSession(encodeOnnx(model), {
        executionProvider: 'webgpu',
        threads: 1,
        optimisation: 'none',
        everyNodeOnDevice: true,
      });
      await expect(create).rejects.toThrow(/fallback|not.*assigned|CPU/i);
    });
  },
);

describeEngineContract({
  name: 'onnx-webgpu',
  objective,
  steps: 6,
  create: onGraphics,
  absent: available ? undefined : detail,
});
