import { AppError } from '../../../common/index.js';
import { buildLoss } from '../../losses/index.js';
import { buildModel } from '../../models/index.js';
import { DeviceTrainingSession } from '../device/device-session.js';
import type { Engine, EngineOptions, EngineProbe, SessionSpec, TrainingSession } from '../engine.js';
import { cpuLowering, PORTABLE_RULES } from '../lowering/index.js';
import { GraphCache } from './graph-cache.js';
import { OnnxTrainingSession } from './onnx-training-session.js';
import { probeProvider } from './probe-provider.js';
import type { ExecutionProvider } from './runtime-session.js';

/** Training on ONNX Runtime with one of its execution providers. */
export class OnnxEngine implements Engine {
  readonly name: string;

  constructor(
    readonly executionProvider: ExecutionProvider,
    private readonly options: EngineOptions = {},
  ) {
    this.name = `onnx-${executionProvider}`;
  }

  probe(): Promise<EngineProbe> {
    return probeProvider(this.executionProvider);
  }

  /** Throws `ENGINE_UNAVAILABLE`, saying how to install what is missing. */
  async createSession(spec: SessionSpec): Promise<TrainingSession> {
    const { available, detail } = await this.probe();
    if (!available)
      throw new AppError('badInput', 'ENGINE_UNAVAILABLE', `The engine ${this.name} cannot run: ${detail}`);
    const model = buildModel(spec.model);
    const loss = buildLoss(spec.loss, spec.classCount, model.embeddingSize);
    const { executionProvider } = this;
    // onnxruntime-node keeps tensors on the device with WebGPU alone; CUDA and DirectML get them every step.
    if (executionProvider === 'webgpu')
      return DeviceTrainingSession.create({ model, loss }, spec, {
        executionProvider,
        rules: PORTABLE_RULES,
        everyNodeOnDevice: true,
      });
    const { name, rules } =
      executionProvider === 'cpu'
        ? await cpuLowering(this.options)
        : { name: `portable for ${executionProvider}`, rules: PORTABLE_RULES };
    const graphCache = this.graphCache(spec, name);
    return OnnxTrainingSession.create({ model, loss }, spec, { executionProvider, rules, graphCache });
  }

  private graphCache(spec: SessionSpec, lowering: string): GraphCache | undefined {
    const { graphCacheFolder } = this.options;
    if (graphCacheFolder === undefined) return undefined;
    const { model, loss, classCount, batchSize, imageSizePx, normalisation } = spec;
    return new GraphCache(graphCacheFolder, {
      lowering,
      model,
      loss,
      classCount,
      batchSize,
      imageSizePx,
      normalisation,
    });
  }
}
