export type {
  Engine,
  EngineOptions,
  EngineProbe,
  NamedTensor,
  NamedTensors,
  SessionSpec,
  StepHyperparameters,
  StepLosses,
  StepResult,
  TrainingSession,
  TrainingState,
} from './engine.js';
export { createOnnxEmbedder, type EmbedderOptions } from './onnx/onnx-embedder.js';
export { listEngines, selectEngine, type EngineChoice, type EngineListing } from './select-engine.js';
