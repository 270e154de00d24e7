import { describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { getBackend, memory } from '@tensorflow/tfjs-core';
import {
  contractHyper,
  contractImages,
  contractLabels,
  contractObjective,
  contractSpec,
  describeEngineContract,
  EVERY_BLOCK,
  expectClose,
  expectSameState,
  momentsAfterOneStep,
} from '../../../test/support/engine-contract.js';
import { buildLoss } from '../losses/index.js';
import { EagerTrainingSession } from './eager/eager-training-session.js';
import type { TrainingSession } from './engine.js';
import { CPU_PLAIN_RULES, cpuLowering, cpuRules, PORTABLE_RULES, type LoweringRules } from './lowering/index.js';
import { DeviceTrainingSession } from './device/device-session.js';
import { OnnxEngine } from './onnx/onnx-engine.js';
import { OnnxTrainingSession } from './onnx/onnx-training-session.js';

const objective = contractObjective(EVERY_BLOCK);
const onnx = (rules: LoweringRules): Promise<TrainingSession> =>
  OnnxTrainingSession.create(objective, contractSpec, { executionProvider: 'cpu', rules });
const eager = (): Promise<TrainingSession> => EagerTrainingSession.create(objective, contractSpec, 'cpu');
/** The graph with AdamW inside, as graphics processors run it, on the processor. */
const inGraph = (): Promise<TrainingSession> =>
  DeviceTrainingSession.create(objective, contractSpec, {
    executionProvider: 'cpu',
    rules: PORTABLE_RULES,
    everyNodeOnDevice: false,
  });

describe('the gradients of a whole step', () => {
  it.each<[string, () => Promise<TrainingSession>]>([
    ['portable', () => onnx(PORTABLE_RULES)],
    ['plain CPU', () => onnx(CPU_PLAIN_RULES)],
    ['probed CPU', async () => onnx(await cpuRules())],
    ['device', inGraph],
  ])('are the same in the %s lowering as in tfjs, frozen backbone or not', async (_, create) => {
    for (const frozenBackbone of [false, true]) {
      const expected = await momentsAfterOneStep(await eager(), { frozenBackbone });
      const actual = await momentsAfterOneStep(await create(), { frozenBackbone });
      expect(actual.losses.total).toBeCloseTo(expected.losses.total, 4);
      expect(actual.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 4);
      // Single-precision rounding, through some forty layers.
      expectClose(actual.state.firstMoments, expected.state.firstMoments, 5e-5);
      expectClose(actual.state.buffers, expected.state.buffers, 1e-5);
    }
  });
});

describe('a training with each loss', () => {
  const losses = ['HybridMargin', 'ArcFace', 'SubCenterArcFace'] as const;
  const engines = ['processor', 'device graph'] as const;

  it.each(losses.flatMap((name) => engines.map((engine) => [name, engine] as const)))(
    'continues from a written state bit for bit (%s, %s)',
    async (name, engine) => {
      const loss = buildLoss({ ...contractSpec.loss, name }, contractSpec.classCount, objective.model.embeddingSize);
      const trained = { model: objective.model, loss };
      const create = async (): Promise<TrainingSession> =>
        engine === 'processor'
          ? OnnxTrainingSession.create(trained, contractSpec, { executionProvider: 'cpu', rules: await cpuRules() })
          : DeviceTrainingSession.create(trained, contractSpec, {
              executionProvider: 'cpu',
              rules: PORTABLE_RULES,
              everyNodeOnDevice: false,
            });
      const [whole, resumed] = [await create(), await create()];
      const step = (session: TrainingSession) => session.step(contractImages, contractLabels, contractHyper);
      for (let i = 0; i < 2; i++) await step(whole);
      await resumed.writeState(await whole.readState());
      for (let i = 0; i < 2; i++) expect(await step(resumed)).toEqual(await step(whole));
      expectSameState(await resumed.readState(), await whole.readState());
      for (const session of [whole, resumed]) await session.dispose();
    },
  );
});

describe('an engine with a folder for graphs', () => {
  it('trains from a kept graph bit for bit as from a fresh one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'polarline-test-graphs-'));
    try {
      const engine = new OnnxEngine('cpu', { graphCacheFolder: folder });
      const step = (session: TrainingSession, frozenBackbone: boolean) =>
        session.step(contractImages, contractLabels, { ...contractHyper, frozenBackbone });
      const outcomes = [];
      for (let round = 0; round < 2; round++) {
        const session = await engine.createSession(contractSpec);
        outcomes.push({
          frozen: await step(session, true),
          full: await step(session, false),
          state: await session.readState(),
        });
        await session.dispose();
        expect(await readdir(folder)).toHaveLength(2);
      }
      const [fresh, kept] = outcomes;
      expect([kept!.frozen, kept!.full]).toEqual([fresh!.frozen, fresh!.full]);
      expectSameState(kept!.state, fresh!.state);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('leaves the blocked layout out of the rules when told to', async () => {
    const lowering = await cpuLowering({ blockedLayout: false });
    expect([lowering.name, lowering.rules === CPU_PLAIN_RULES]).toEqual(['plain', true]);
  });
});

describeEngineContract({ name: 'onnx-cpu', objective, steps: 12, create: async () => onnx(await cpuRules()) });
describeEngineContract({
  name: 'onnx-cpu without the blocked layout',
  objective,
  steps: 12,
  create: async () => onnx((await cpuLowering({ blockedLayout: false })).rules),
});
describeEngineContract({
  name: 'onnx-cpu in the portable lowering',
  objective,
  steps: 12,
  create: () => onnx(PORTABLE_RULES),
});
describeEngineContract({ name: 'the device graph on the processor', objective, steps: 12, create: inGraph });
describeEngineContract({ name: 'tfjs cpu, eager', objective, steps: 3, create: eager });

describe('a training session operation by operation', () => {
  it('keeps no tensor and no memory from one step, evaluation or export to the next', async () => {
    const session = await eager();
    try {
      const round = async (frozenBackbone: boolean): Promise<void> => {
        await session.step(contractImages, contractLabels, { ...contractHyper, frozenBackbone });
        await session.embed(contractImages, 4);
        await session.exportOnnx();
      };
      // Constants that tfjs keeps come with the first round.
      await round(false);
      await round(true);
      const [before, backend] = [memory(), getBackend()];
      for (let i = 0; i < 3; i++) await round(i === 1);
      const after = memory();
      expect([after.numTensors, after.numDataBuffers, after.numBytes]).toEqual([
        before.numTensors,
        before.numDataBuffers,
        before.numBytes,
      ]);
      expect(getBackend()).toBe(backend);
    } finally {
      await session.dispose();
    }
  });
});

describe('mixed precision', () => {
  const mixed = (): Promise<DeviceTrainingSession> =>
    DeviceTrainingSession.create(objective, contractSpec, {
      executionProvider: 'cpu',
      rules: PORTABLE_RULES,
      everyNodeOnDevice: false,
      mixedPrecision: true,
    });

  it('has gradients near those of single precision, and not the same', async () => {
    const [expected, actual] = [await momentsAfterOneStep(await inGraph()), await momentsAfterOneStep(await mixed())];
    expect(Math.abs(actual.gradientNorm / expected.gradientNorm - 1)).toBeLessThan(2e-2);
    expectClose(actual.state.firstMoments, expected.state.firstMoments, 5e-2);
    expect(() => expectClose(actual.state.firstMoments, expected.state.firstMoments, 1e-5)).toThrow();
  });

  it('continues with the loss scale that it had, bit for bit', async () => {
    const [first, second, unaware] = [await mixed(), await mixed(), await mixed()];
    const step = (session: TrainingSession) => session.step(contractImages, contractLabels, contractHyper);
    // Unscaled, small gradients vanish in half precision: their bits tell the scale.
    await first.writeState({ ...(await first.readState()), lossScale: { value: 1, goodSteps: 7 } });
    await step(first);
    const state = await first.readState();
    expect(state.lossScale).toEqual({ value: 1, goodSteps: 8 });
    await second.writeState(state);
    await unaware.writeState({ ...state, lossScale: undefined });
    for (const session of [first, second, unaware]) await step(session);
    const expected = await first.readState();
    expectSameState(await second.readState(), expected);
    const [a, b] = [expected, await unaware.readState()].map(({ firstMoments }) => [...firstMoments.values()]);
    expect(a!.some(({ data }, i) => data.some((value, k) => value !== b![i]!.data[k]))).toBe(true);
    for (const session of [first, second, unaware]) await session.dispose();
  });

  it('halves the loss scale for a batch that overflows, and keeps what it learned in its state', async () => {
    const session = await mixed();
    await session.writeState({ ...(await session.readState()), lossScale: { value: 2 ** 40, goodSteps: 3 } });
    const { gradientNorm } = await session.step(contractImages, contractLabels, contractHyper);
    expect(Number.isFinite(gradientNorm)).toBe(true);
    const { lossScale } = await session.readState();
    expect(lossScale!.value).toBeLessThan(2 ** 40);
    expect(lossScale!.goodSteps).toBe(1);
    await session.dispose();
  });

  it('follows the loss curve of single precision', async () => {
    const curve = async (session: TrainingSession): Promise<number[]> => {
      const totals: number[] = [];
      const gentle = { ...contractHyper, learningRateBackbone: 2e-4, learningRateHead: 4e-4 };
      for (let i = 0; i < 15; i++)
        totals.push((await session.step(contractImages, contractLabels, gentle)).losses.total);
      await session.dispose();
      return totals;
    };
    const [single, half] = [await curve(await inGraph()), await curve(await mixed())];
    half.forEach((total, i) => expect(Math.abs(total - single[i]!)).toBeLessThan(0.05 * single[0]!));
    expect(half.at(-1)!).toBeLessThan(half[0]! * 0.9);
  });
});
