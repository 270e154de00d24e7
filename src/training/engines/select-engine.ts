import type { TrainConfig } from '../config.js';
import type { Engine } from './engine.js';
import { OnnxCpuEngine } from './onnx/onnx-engine.js';

export interface EngineChoice {
  readonly engine: Engine;
  /** Why this one, for the log. */
  readonly reason: string;
}

export async function selectEngine(_config: Pick<TrainConfig, 'training'>): Promise<EngineChoice> {
  return { engine: new OnnxCpuEngine(), reason: 'onnx-cpu: always available' };
}
