import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { AppError } from '../../../common/index.js';
import { factors } from '../adamw/adamw.js';
import type {
  NamedTensors,
  StepHyperparameters,
  StepLosses,
  StepResult,
  TrainingSession,
  TrainingState,
} from '../engine.js';
import { exportInferenceModel } from '../export/export-inference.js';
import { combineRules, halfPrecisionRules, lower, type LoweredGraph, type LoweringRules } from '../lowering/index.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import { createRuntimeSession, runSession, type ExecutionProvider } from '../onnx/runtime-session.js';
import { embedInBatches, requireWholeBatch } from '../session/batches.js';
import { oneHot } from '../session/one-hot.js';
import type { CompiledSpec } from '../session/plane-session.js';
import { allParameters, LOSS_NAMES, type Objective } from '../session/traced-functions.js';
import {
  BUFFERS,
  NEXT,
  PLANE_KINDS,
  stateShapes,
  traceCopy,
  traceDeviceEvaluation,
  traceDeviceStep,
  trainedRanges,
} from './device-graphs.js';
import {
  initialBuffers,
  initialParameters,
  layOut,
  pack,
  requireKnown,
  unpack,
  type DeviceLayout,
} from './device-layout.js';
import { LossScale } from './loss-scale.js';

export interface DeviceSessionOptions {
  readonly executionProvider: ExecutionProvider;
  readonly rules: LoweringRules;
  /** Refuse to start where a node of the step would run on the processor. */
  readonly everyNodeOnDevice: boolean;
  /** Convolutions in half precision, under a loss scale. */
  readonly mixedPrecision?: boolean;
}

/** Stands for no clipping: far above any norm, and far from what single precision cannot hold. */
const NO_CLIPPING = 1e30;

type Planes = ReadonlyMap<string, Tensor>;
type PlaneKind = (typeof PLANE_KINDS)[number];

/**
 * Training with the state on the device: parameters, moments and statistics are tensors there, AdamW is part of the
 * step's graph, and each step's results are the next one's inputs. Only the batch goes up and the losses come
 * down; weights come down when they are asked for.
 */
export class DeviceTrainingSession implements TrainingSession {
  private readonly layout: DeviceLayout;
  private readonly compiled = new Map<string, Promise<InferenceSession>>();
  private readonly images: Float32Array;
  private readonly lossScale: LossScale;
  /** Of the training step; evaluation is in single precision always. */
  private readonly stepRules: LoweringRules;
  private state: Planes | undefined;
  private stepCounts: TrainingState['stepCounts'] = { backbone: 0, head: 0 };
  private isDisposed = false;

  private constructor(
    private readonly objective: Objective,
    private readonly spec: CompiledSpec,
    private readonly options: DeviceSessionOptions,
  ) {
    this.layout = layOut(allParameters(objective), objective.model.buffers);
    const mixed = options.mixedPrecision ?? false;
    this.lossScale = new LossScale(mixed);
    this.stepRules = mixed ? combineRules(options.rules, halfPrecisionRules(options.rules)) : options.rules;
    this.images = new Float32Array(spec.batchSize * 3 * spec.imageSizePx * spec.imageSizePx);
  }

  static async create(
    objective: Objective,
    spec: CompiledSpec,
    options: DeviceSessionOptions,
  ): Promise<DeviceTrainingSession> {
    const session = new DeviceTrainingSession(objective, spec, options);
    try {
      await session.writeState(session.initialState());
    } catch (error) {
      await session.dispose();
      throw error;
    }
    return session;
  }

  async step(images: Float32Array, labels: Int32Array, hyper: StepHyperparameters): Promise<StepResult> {
    const state = this.requireState();
    requireWholeBatch(this.spec, images, labels);
    const { frozenBackbone } = hyper;
    const stepCounts = {
      backbone: this.stepCounts.backbone + (frozenBackbone ? 0 : 1),
      head: this.stepCounts.head + 1,
    };
    const session = await this.compiledStep(frozenBackbone);
    const feeds = this.stepFeeds(session, state, images, labels, hyper, stepCounts);
    const results = new Map(Object.entries(await runSession(session, feeds)));
    const number = (name: string): number => (results.get(name)!.data as Float32Array)[0]!;
    const losses = Object.fromEntries(
      LOSS_NAMES.map((name) => [name, number(`loss.${name}`)]),
    ) as unknown as StepLosses;
    const gradientNorm = number('gradientNorm');
    const next = planesOf(results);
    // What is not finite leaves parameters, moments and statistics as they were: the caller reports it.
    if (!Number.isFinite(losses.total) || !Number.isFinite(gradientNorm)) {
      disposeAll(next);
      // Gradients that overflowed half precision alone: the same batch again, less enlarged.
      if (Number.isFinite(losses.total) && this.lossScale.shrink()) return this.step(images, labels, hyper);
      return { losses, gradientNorm: Number.isFinite(losses.total) ? gradientNorm : Number.NaN };
    }
    this.replace(next);
    this.lossScale.succeeded();
    this.stepCounts = stepCounts;
    return { losses, gradientNorm };
  }

  async embed(images: Float32Array, count: number): Promise<Float32Array> {
    const state = this.requireState();
    const { batchSize, imageSizePx } = this.spec;
    const session = await this.compile('embed', [], () =>
      lower(traceDeviceEvaluation(this.objective, this.spec, this.layout), this.options.rules),
    );
    return embedInBatches(
      this.spec,
      { images, count, batch: this.images },
      this.objective.model.embeddingSize,
      async () => {
        const batch = new Tensor('float32', this.images, [batchSize, 3, imageSizePx, imageSizePx]);
        const { embedding } = await runSession(session, feedsOf(session, new Map([...state, ['images', batch]])));
        return embedding!.data as Float32Array;
      },
    );
  }

  async readState(): Promise<TrainingState> {
    const weights = await this.readWeights();
    const moments = await this.download(['firstMoments', 'secondMoments']);
    return {
      ...weights,
      firstMoments: this.named('firstMoments', moments),
      secondMoments: this.named('secondMoments', moments),
      stepCounts: { ...this.stepCounts },
      lossScale: this.lossScale.state,
    };
  }

  async readWeights(): Promise<Pick<TrainingState, 'parameters' | 'buffers'>> {
    const data = await this.download(['parameters', BUFFERS]);
    return {
      parameters: this.named('parameters', data),
      buffers: unpack([this.layout.buffers], [data.get(BUFFERS)!]),
    };
  }

  async writeState(state: TrainingState): Promise<void> {
    this.requireAlive();
    const { ranges, buffers } = this.layout;
    const planes = new Map<string, Float32Array>();
    for (const kind of PLANE_KINDS) {
      requireKnown(ranges, state[kind]);
      ranges.forEach((range, i) => planes.set(`${kind}.${i}`, pack(range, state[kind])));
    }
    requireKnown([buffers], state.buffers);
    planes.set(BUFFERS, pack(buffers, state.buffers));
    const shapes = stateShapes(this.layout);
    const names = [...shapes.keys()].map((name) => `${NEXT}${name}`);
    const session = await this.compile('upload', names, () => lower(traceCopy(shapes), this.options.rules));
    const feeds = Object.fromEntries(
      [...planes].map(([name, data]) => [name, new Tensor('float32', data, [data.length])]),
    );
    this.replace(planesOf(new Map(Object.entries(await runSession(session, feeds)))));
    this.stepCounts = { ...state.stepCounts };
    this.lossScale.restore(state.lossScale);
  }

  async exportOnnx(state?: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<Uint8Array> {
    return exportInferenceModel(this.objective.model, this.spec, state ?? (await this.readWeights()));
  }

  /** Compiles the step graph now, so that the first step does not wait for it. */
  async prepare(frozenBackbone: boolean): Promise<void> {
    await this.compiledStep(frozenBackbone);
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    if (this.state) disposeAll(this.state);
    this.state = undefined;
    for (const result of await Promise.allSettled(this.compiled.values()))
      if (result.status === 'fulfilled') await result.value.release();
    this.compiled.clear();
  }

  private compiledStep(frozenBackbone: boolean): Promise<InferenceSession> {
    const names = [
      ...PLANE_KINDS.flatMap((kind) => trainedRanges(this.layout, frozenBackbone).map((i) => `${NEXT}${kind}.${i}`)),
      `${NEXT}${BUFFERS}`,
    ];
    const options = { frozenBackbone, scalesLoss: this.lossScale.isActive };
    return this.compile(`step ${frozenBackbone}`, names, () =>
      lower(traceDeviceStep(this.objective, this.spec, this.layout, options), this.stepRules),
    );
  }

  private stepFeeds(
    session: InferenceSession,
    state: Planes,
    images: Float32Array,
    labels: Int32Array,
    hyper: StepHyperparameters,
    stepCounts: TrainingState['stepCounts'],
  ): Record<string, Tensor> {
    const { batchSize, imageSizePx, classCount } = this.spec;
    const scalar = (value: number): Tensor => new Tensor('float32', Float32Array.of(value), []);
    const feeds = new Map(state);
    feeds.set('images', new Tensor('float32', images, [batchSize, 3, imageSizePx, imageSizePx]));
    feeds.set('oneHot', new Tensor('float32', oneHot(labels, classCount), [batchSize, classCount]));
    feeds.set('marginRad', scalar(hyper.marginRad));
    feeds.set('lossScale', scalar(this.lossScale.value));
    feeds.set('clipNorm', scalar(hyper.gradientClipNorm ?? NO_CLIPPING));
    this.layout.ranges.forEach(({ group, decayExempt }, i) => {
      const { decay, stepSize, inverseRootCorrection } = factors({
        learningRate: group === 'backbone' ? hyper.learningRateBackbone : hyper.learningRateHead,
        weightDecay: hyper.weightDecayExemptions && decayExempt ? 0 : hyper.weightDecay,
        stepCount: Math.max(1, stepCounts[group]),
      });
      feeds.set(`decay.${i}`, scalar(decay));
      feeds.set(`stepSize.${i}`, scalar(stepSize));
      feeds.set(`rootCorrection.${i}`, scalar(inverseRootCorrection));
    });
    return feedsOf(session, feeds);
  }

  /** Host copies of all planes of some kinds. */
  private async download(kinds: readonly (PlaneKind | typeof BUFFERS)[]): Promise<Map<string, Float32Array>> {
    const state = this.requireState();
    const shapes = new Map([...stateShapes(this.layout)].filter(([name]) => kinds.includes(kindOf(name))));
    // Reading a device tensor's data from JavaScript ends the process: a graph must copy it.
    const session = await this.compile(`download ${kinds.join()}`, [], () =>
      lower(traceCopy(shapes), this.options.rules),
    );
    const results = await runSession(session, feedsOf(session, state));
    return new Map([...shapes.keys()].map((name) => [name, results[`${NEXT}${name}`]!.data as Float32Array]));
  }

  private named(kind: PlaneKind, data: ReadonlyMap<string, Float32Array>): NamedTensors {
    const { ranges } = this.layout;
    return unpack(
      ranges,
      ranges.map((_, i) => data.get(`${kind}.${i}`)!),
    );
  }

  private replace(next: Planes): void {
    const old = this.state ?? new Map<string, Tensor>();
    this.state = new Map([...old, ...next]);
    disposeAll(new Map([...old].filter(([name]) => next.has(name))));
  }

  private compile(
    key: string,
    outputsOnDevice: readonly string[],
    build: () => LoweredGraph,
  ): Promise<InferenceSession> {
    const known = this.compiled.get(key);
    if (known) return known;
    const { executionProvider, everyNodeOnDevice } = this.options;
    const session = createRuntimeSession(encodeOnnx(build().model), {
      executionProvider,
      threads: this.spec.threads,
      optimisation: 'none',
      outputsOnDevice,
      everyNodeOnDevice,
    });
    this.compiled.set(key, session);
    return session;
  }

  private initialState(): TrainingState {
    const parameters = allParameters(this.objective);
    const zeros: NamedTensors = new Map(
      parameters.map(({ name, shape }) => [
        name,
        { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) },
      ]),
    );
    return {
      parameters: initialParameters(parameters, this.spec.seed),
      buffers: initialBuffers(this.objective.model.buffers),
      firstMoments: zeros,
      secondMoments: zeros,
      stepCounts: { backbone: 0, head: 0 },
    };
  }

  private requireState(): Planes {
    this.requireAlive();
    return this.state!;
  }

  private requireAlive(): void {
    if (this.isDisposed) throw new AppError('internal', 'SESSION_DISPOSED', 'The training session was disposed');
  }
}

function kindOf(plane: string): PlaneKind | typeof BUFFERS {
  return plane.split('.')[0] as PlaneKind | typeof BUFFERS;
}

/** What a graph takes of the tensors at hand: tracing drops inputs that nothing reads. */
function feedsOf({ inputNames }: InferenceSession, tensors: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(inputNames.map((name) => [name, tensors.get(name)!]));
}

function planesOf(results: ReadonlyMap<string, Tensor>): Planes {
  return new Map(
    [...results].flatMap(([name, tensor]) => (name.startsWith(NEXT) ? [[name.slice(NEXT.length), tensor]] : [])),
  );
}

function disposeAll(planes: Planes): void {
  for (const tensor of planes.values()) tensor.dispose();
}
