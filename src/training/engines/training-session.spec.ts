import { describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import {
  contractObjective,
  contractSpec,
  describeEngineContract,
  EVERY_BLOCK,
  expectClose,
  momentsAfterOneStep,
} from '../../../test/support/engine-contract.js';
import { EagerTrainingSession } from './eager/eager-training-session.js';
import type { TrainingSession } from './engine.js';
import { CPU_PLAIN_RULES, cpuRules, PORTABLE_RULES, type LoweringRules } from './lowering/index.js';
import { DeviceTrainingSession } from './device/device-session.js';
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

describeEngineContract({ name: 'onnx-cpu', objective, steps: 12, create: async () => onnx(await cpuRules()) });
describeEngineContract({ name: 'the device graph on the processor', objective, steps: 12, create: inGraph });
describeEngineContract({ name: 'tfjs cpu, eager', objective, steps: 3, create: eager });
