import { AppError } from '../../../common/index.js';
import type { TrainConfig } from '../../config.js';
import { buildLoss } from '../../losses/index.js';
import { buildModel } from '../../models/index.js';
import { DeviceTrainingSession } from '../device/device-session.js';
import type { Engine, EngineOptions, EngineProbe, SessionSpec, TrainingSession } from '../engine.js';
import { cpuLowering, PORTABLE_RULES } from '../lowering/index.js';
import { GraphCache } from './graph-cache.js';
import { OnnxTrainingSession } from './onnx-training-session.js';
import { probeHalfPrecision, probeProvider } from './probe-provider.js';
import type { ExecutionProvider } from './runtime-session.js';

/** Training on ONNX Runtime with one of its execution providers. */
export class OnnxEngine implements Engine {
  readonly name: string;

  constructor(
    readonly executionProvider: ExecutionProvider,
    private readonly options: EngineOptions = {},
    private readonly precision: TrainConfig['training']['precision'] = 'float32',
  ) {
    this.name = `onnx-${executionProvider}`;
  }

  async probe(): Promise<EngineProbe> {
    const probe = await probeProvider(this.executionProvider);
    if (!probe.available || this.precision === 'float32') return probe;
    return { ...probe, detail: `${probe.detail}, ${(await this.arithmetic()).detail}` };
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
        mixedPrecision: (await this.arithmetic()).isMixed,
      });
    const { name, rules } =
      executionProvider === 'cpu'
        ? await cpuLowering(this.options)
        : { name: `portable for ${executionProvider}`, rules: PORTABLE_RULES };
    const graphCache = this.graphCache(spec, name);
    return OnnxTrainingSession.create({ model, loss }, spec, { executionProvider, rules, graphCache });
  }

  /** Mixed precision where it was asked for and the adapter has it; otherwise why not. */
  private async arithmetic(): Promise<{ readonly isMixed: boolean; readonly detail: string }> {
    if (this.precision === 'float32') return { isMixed: false, detail: 'single precision' };
    if (this.executionProvider !== 'webgpu')
      return { isMixed: false, detail: 'single precision (mixed precision needs webgpu)' };
    const { works, reason } = await probeHalfPrecision();
    return works
      ? { isMixed: true, detail: 'mixed precision' }
      : { isMixed: false, detail: `single precision (the adapter cannot compute in half: ${reason})` };
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
