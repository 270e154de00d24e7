import { buildLoss } from '../../losses/index.js';
import { buildModel } from '../../models/index.js';
import type { Engine, EngineProbe, SessionSpec, TrainingSession } from '../engine.js';
import { cpuRules } from '../lowering/index.js';
import { OnnxTrainingSession } from './onnx-training-session.js';

/** Training on ONNX Runtime's CPU provider, which every installation has. */
export class OnnxCpuEngine implements Engine {
  readonly name = 'onnx-cpu';

  async probe(): Promise<EngineProbe> {
    return { available: true, detail: 'ONNX Runtime on the CPU, installed with Polarline' };
  }

  async createSession(spec: SessionSpec): Promise<TrainingSession> {
    const model = buildModel(spec.model);
    const loss = buildLoss(spec.loss, spec.classCount, model.embeddingSize);
    return OnnxTrainingSession.create({ model, loss }, spec, { executionProvider: 'cpu', rules: await cpuRules() });
  }
}
