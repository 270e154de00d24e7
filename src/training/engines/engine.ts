import type { LossConfig, ModelConfig } from '../config.js';

/** What a training session is compiled for; static shapes, one graph a spec. */
export interface SessionSpec {
  readonly model: ModelConfig;
  readonly loss: LossConfig;
  readonly classCount: number;
  readonly batchSize: number;
  readonly imageSizePx: number;
  /** Put in front of the backbone, in the graph; per RGB channel, on pixels in [0, 1]. */
  readonly normalisation: { readonly mean: readonly number[]; readonly std: readonly number[] };
  readonly seed: number;
  readonly threads: number;
}

/** Named tensors in PyTorch's naming, row-major float32. */
export type NamedTensors = Map<string, NamedTensor>;
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Hyper-parameters of one step; they may change every step without a new graph. */
export interface StepHyperparameters {
  readonly learningRateBackbone: number;
  readonly learningRateHead: number;
  readonly weightDecay: number;
  readonly weightDecayExemptions: boolean;
  readonly gradientClipNorm: number | null;
  /** Angular margin in force now (it may be warmed up), radians. */
  readonly marginRad: number;
  /** Uses the step graph without a backward pass through the backbone; its parameters stay untouched. */
  readonly frozenBackbone: boolean;
}

export interface StepLosses {
  readonly total: number;
  readonly arcface: number;
  readonly triplet: number;
  readonly center: number;
}

export interface StepResult {
  readonly losses: StepLosses;
  readonly gradientNorm: number;
}

/** Everything a step changes: enough to continue bit for bit. */
export interface TrainingState {
  /** Model and criterion parameters: `model.…`, `criterion.…`. */
  readonly parameters: NamedTensors;
  /** BatchNorm running means and variances: `model.….running_mean`, `model.….running_var`. */
  readonly buffers: NamedTensors;
  readonly firstMoments: NamedTensors;
  readonly secondMoments: NamedTensors;
  /** AdamW step counters by parameter group. */
  readonly stepCounts: { readonly backbone: number; readonly head: number };
  /** Of engines that compute in half precision now; others neither give nor read it. */
  readonly lossScale?: LossScaleState | undefined;
}

/** What half-precision losses are multiplied by, and the steps without an overflow since it last changed. */
export interface LossScaleState {
  readonly value: number;
  readonly goodSteps: number;
}

/** One compiled model on one device. Methods block the calling thread: use it in a child process. */
export interface TrainingSession {
  /** One forward, backward and AdamW. `images`: [batch, 3, size, size] RGB in [0, 1]; `labels`: class indices. */
  step(images: Float32Array, labels: Int32Array, hyper: StepHyperparameters): Promise<StepResult>;
  /** Eval-mode embeddings (running statistics, not L2-normalised), any count: [count, embeddingSize]. */
  embed(images: Float32Array, count: number): Promise<Float32Array>;
  readState(): Promise<TrainingState>;
  /** Weights and statistics alone, where an engine can give them for less than the whole state. */
  readWeights?(): Promise<Pick<TrainingState, 'parameters' | 'buffers'>>;
  writeState(state: TrainingState): Promise<void>;
  /** ONNX bytes of the inference graph: input `image` [N,3,S,S] RGB in [0,1], output `embedding` [N,E], L2-normalised. */
  exportOnnx(state?: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<Uint8Array>;
  dispose(): Promise<void>;
}

/** Settings of a machine, not of a training: results are the same to rounding. */
export interface EngineOptions {
  /** False keeps ONNX Runtime's internal blocked layout out of training graphs. */
  readonly blockedLayout?: boolean;
  /** Folder in which traced graphs are kept between sessions; none without it. */
  readonly graphCacheFolder?: string;
}

export interface EngineProbe {
  readonly available: boolean;
  /** What was found, or why it is not there and how to install it. */
  readonly detail: string;
}

export interface Engine {
  /** `onnx-cpu`, `onnx-cuda`, `onnx-webgpu`, `onnx-dml`, `tensorflow`. */
  readonly name: string;
  probe(): Promise<EngineProbe>;
  createSession(spec: SessionSpec): Promise<TrainingSession>;
}
