import { AppError } from '../../common/index.js';
import type { TrainConfig } from '../config.js';
import { TensorFlowEngine } from './eager/tensorflow-engine.js';
import type { Engine, EngineOptions, EngineProbe } from './engine.js';
import { OnnxEngine } from './onnx/onnx-engine.js';
import { deviceIsVisible, withoutDevice } from './onnx/probe-provider.js';

export interface EngineChoice {
  readonly engine: Engine;
  /** Why this one, for the log. */
  readonly reason: string;
}

export interface EngineListing extends EngineProbe {
  readonly name: string;
  /** What `auto` would take. */
  readonly chosenByAuto: boolean;
  /** Why `auto` takes it; null for those that it does not take. */
  readonly reason: string | null;
}

type Training = TrainConfig['training'];
type EngineRequest = Pick<Training, 'engine' | 'executionProvider'> & Partial<Pick<Training, 'precision'>>;

/**
 * The engine a configuration asks for. `auto` takes TensorFlow on a CUDA device, else ONNX Runtime on CUDA,
 * DirectML or WebGPU where a device is visible and works, else ONNX Runtime on the processor. Throws
 * `ENGINE_UNAVAILABLE` with how to install it when an engine was asked for by name and is not there.
 */
export async function selectEngine(
  { training }: { readonly training: EngineRequest },
  options: EngineOptions = {},
): Promise<EngineChoice> {
  const { engine, executionProvider, precision } = training;
  if (engine === 'tensorflow') return required(new TensorFlowEngine(), 'training.engine is tensorflow');
  if (executionProvider !== 'auto')
    return required(
      new OnnxEngine(executionProvider, options, precision),
      `training.executionProvider is ${executionProvider}`,
    );
  return firstAvailable(engine === 'onnx', options, precision);
}

/** Every engine, what was found of it, and which one `auto` takes. */
export async function listEngines(): Promise<EngineListing[]> {
  const { engine: chosen, reason } = await firstAvailable(false);
  const listings: EngineListing[] = [];
  const list = (name: string, probe: EngineProbe): void => {
    const chosenByAuto = name === chosen.name;
    listings.push({ name, ...probe, chosenByAuto, reason: chosenByAuto ? reason : null });
  };
  const tensorflow = new TensorFlowEngine();
  list(tensorflow.name, await tensorflow.probe());
  for (const provider of ['cuda', 'dml', 'webgpu'] as const) {
    const engine = new OnnxEngine(provider);
    list(engine.name, deviceIsVisible(provider) ? await engine.probe() : withoutDevice(provider));
  }
  const processor = new OnnxEngine('cpu');
  list(processor.name, await processor.probe());
  return listings;
}

async function required(engine: Engine, because: string): Promise<EngineChoice> {
  const { available, detail } = await engine.probe();
  if (!available) throw new AppError('badInput', 'ENGINE_UNAVAILABLE', `${because}, but it cannot run: ${detail}`);
  return { engine, reason: `${engine.name}: ${because}; ${detail}` };
}

async function firstAvailable(
  onnxOnly: boolean,
  options: EngineOptions = {},
  precision?: Training['precision'],
): Promise<EngineChoice> {
  const passedOver: string[] = [];
  if (!onnxOnly && deviceIsVisible('cuda')) {
    const tensorflow = new TensorFlowEngine();
    if (await tensorflow.usesGpu())
      return { engine: tensorflow, reason: `${tensorflow.name}: ${(await tensorflow.probe()).detail}` };
    passedOver.push('tensorflow: no package that drives a CUDA device');
  }
  for (const provider of ['cuda', 'dml', 'webgpu'] as const) {
    if (!deviceIsVisible(provider)) continue;
    const engine = new OnnxEngine(provider, options, precision);
    const { available, detail } = await engine.probe();
    if (available) return { engine, reason: [`${engine.name}: ${detail}`, ...passedOver].join('; ') };
    passedOver.push(detail);
  }
  const why = passedOver.length === 0 ? 'no graphics processor is visible' : passedOver.join('; ');
  return { engine: new OnnxEngine('cpu', options), reason: `onnx-cpu: ${why}` };
}
