import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { AppError, badInput } from '../../../common/index.js';
import { createAdamW, type AdamW } from '../adamw/adamw.js';
import type {
  SessionSpec,
  StepHyperparameters,
  StepLosses,
  StepResult,
  TrainingSession,
  TrainingState,
} from '../engine.js';
import { elementCount } from '../graph/graph.js';
import { lower, type LoweredGraph, type LoweringRules } from '../lowering/index.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import { exportInferenceModel } from '../export/export-inference.js';
import {
  initialiseBuffers,
  initialiseParameters,
  placeBuffers,
  placeParameters,
  readPlane,
  view,
  writePlane,
  type ParameterLayout,
  type PlaneLayout,
} from '../session/parameter-planes.js';
import { applyAdamW } from '../session/apply-adamw.js';
import { oneHot } from '../session/one-hot.js';
import { traceEvaluation, traceTrainingStep } from '../session/step-graphs.js';
import { allParameters, LOSS_NAMES, type Objective } from '../session/traced-functions.js';
import { createRuntimeSession, runSession, type ExecutionProvider } from './runtime-session.js';

type OnnxSessionSpec = Pick<
  SessionSpec,
  'batchSize' | 'imageSizePx' | 'classCount' | 'normalisation' | 'seed' | 'threads'
>;

export interface OnnxSessionOptions {
  readonly executionProvider: ExecutionProvider;
  readonly rules: LoweringRules;
}

/** A compiled step: the runtime's session with its feeds and preallocated fetches over the planes. */
interface CompiledStep {
  readonly session: InferenceSession;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly fetches: Readonly<Record<string, Tensor>>;
}

/**
 * Training on ONNX Runtime: the step was traced once and runs as one static graph; parameters, gradients
 * and moments are flat planes that its feeds and fetches alias, and AdamW runs over them.
 */
export class OnnxTrainingSession implements TrainingSession {
  private readonly images: Float32Array;
  private readonly oneHot: Float32Array;
  private readonly marginRad = new Float32Array(1);
  private readonly losses = new Float32Array(LOSS_NAMES.length);
  private readonly buffers: Float32Array;
  private readonly updatedBuffers: Float32Array;
  private readonly steps = new Map<boolean, Promise<CompiledStep>>();
  private evaluation: Promise<CompiledStep> | undefined;
  private stepCounts = { backbone: 0, head: 0 };
  private disposed = false;

  private constructor(
    private readonly objective: Objective,
    private readonly spec: OnnxSessionSpec,
    private readonly options: OnnxSessionOptions,
    private readonly layout: ParameterLayout,
    private readonly bufferLayout: PlaneLayout,
    private readonly adamw: AdamW,
  ) {
    const { batchSize, imageSizePx, classCount } = spec;
    this.images = new Float32Array(batchSize * 3 * imageSizePx * imageSizePx);
    this.oneHot = new Float32Array(batchSize * classCount);
    this.buffers = new Float32Array(bufferLayout.length);
    this.updatedBuffers = new Float32Array(bufferLayout.length);
  }

  /** Allocates the planes and sets seeded start values; graphs are compiled when first needed. */
  static async create(
    objective: Objective,
    spec: OnnxSessionSpec,
    options: OnnxSessionOptions,
  ): Promise<OnnxTrainingSession> {
    const layout = placeParameters(allParameters(objective));
    const bufferLayout = placeBuffers(objective.model.buffers);
    const adamw = await createAdamW(layout.length);
    const session = new OnnxTrainingSession(objective, spec, options, layout, bufferLayout, adamw);
    initialiseParameters(adamw, layout, allParameters(objective), spec.seed);
    initialiseBuffers(session.buffers, bufferLayout, objective.model.buffers);
    return session;
  }

  async step(images: Float32Array, labels: Int32Array, hyper: StepHyperparameters): Promise<StepResult> {
    const { batchSize, classCount } = this.spec;
    if (images.length !== this.images.length || labels.length !== batchSize)
      throw badInput(
        'BATCH_SHAPE',
        `A step takes exactly ${batchSize} images (${this.images.length} values), got ${labels.length} labels and ${images.length} values`,
      );
    this.images.set(images);
    this.oneHot.set(oneHot(labels, classCount));
    this.marginRad[0] = hyper.marginRad;
    const { session, feeds, fetches } = await this.compiledStep(hyper.frozenBackbone);
    await runSession(session, feeds, fetches);
    const losses = Object.fromEntries(LOSS_NAMES.map((name, i) => [name, this.losses[i]!])) as unknown as StepLosses;
    // What is not finite leaves parameters, moments and statistics as they were: the caller reports it.
    if (!Number.isFinite(losses.total)) return { losses, gradientNorm: Number.NaN };
    const { gradientNorm, stepCounts } = applyAdamW(this.adamw, this.layout.ranges, this.stepCounts, hyper);
    this.stepCounts = stepCounts;
    if (Number.isFinite(gradientNorm)) this.buffers.set(this.updatedBuffers);
    return { losses, gradientNorm };
  }

  async embed(images: Float32Array, count: number): Promise<Float32Array> {
    const { batchSize, imageSizePx } = this.spec;
    const { embeddingSize } = this.objective.model;
    const imageValues = 3 * imageSizePx * imageSizePx;
    if (images.length !== count * imageValues)
      throw badInput('BATCH_SHAPE', `embed: expected ${count} x ${imageValues} values, got ${images.length}`);
    this.evaluation ??= this.compileEvaluation();
    const { session, feeds, fetches } = await this.evaluation;
    const embeddings = new Float32Array(count * embeddingSize);
    for (let start = 0; start < count; start += batchSize) {
      const end = Math.min(count, start + batchSize);
      this.images.fill(0, (end - start) * imageValues);
      this.images.set(images.subarray(start * imageValues, end * imageValues));
      await runSession(session, feeds, fetches);
      const batch = fetches['embedding']!.data as Float32Array;
      embeddings.set(batch.subarray(0, (end - start) * embeddingSize), start * embeddingSize);
    }
    return embeddings;
  }

  async readState(): Promise<TrainingState> {
    const { parameters, firstMoments, secondMoments } = this.adamw;
    return {
      parameters: readPlane(parameters, this.layout),
      firstMoments: readPlane(firstMoments, this.layout),
      secondMoments: readPlane(secondMoments, this.layout),
      buffers: readPlane(this.buffers, this.bufferLayout),
      stepCounts: { ...this.stepCounts },
    };
  }

  async readWeights(): Promise<Pick<TrainingState, 'parameters' | 'buffers'>> {
    return {
      parameters: readPlane(this.adamw.parameters, this.layout),
      buffers: readPlane(this.buffers, this.bufferLayout),
    };
  }

  async writeState(state: TrainingState): Promise<void> {
    writePlane(this.adamw.parameters, this.layout, state.parameters);
    writePlane(this.adamw.firstMoments, this.layout, state.firstMoments);
    writePlane(this.adamw.secondMoments, this.layout, state.secondMoments);
    writePlane(this.buffers, this.bufferLayout, state.buffers);
    this.stepCounts = { ...state.stepCounts };
  }

  async exportOnnx(state?: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<Uint8Array> {
    const weights = state ?? (await this.readWeights());
    return exportInferenceModel(this.objective.model, this.spec, weights);
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    const compiled = await Promise.allSettled([...this.steps.values(), ...(this.evaluation ? [this.evaluation] : [])]);
    for (const result of compiled) if (result.status === 'fulfilled') await result.value.session.release();
    this.steps.clear();
    this.evaluation = undefined;
  }

  /** Compiles the step graph now, so that the first step does not wait for it. */
  async prepare(frozenBackbone: boolean): Promise<void> {
    await this.compiledStep(frozenBackbone);
  }

  private compiledStep(frozenBackbone: boolean): Promise<CompiledStep> {
    if (this.disposed) throw new AppError('internal', 'SESSION_DISPOSED', 'The training session was disposed');
    const known = this.steps.get(frozenBackbone);
    if (known) return known;
    const compiled = this.compile(
      lower(traceTrainingStep(this.objective, this.spec, frozenBackbone), this.options.rules),
      (name) => this.stepOutput(name),
    );
    this.steps.set(frozenBackbone, compiled);
    return compiled;
  }

  private compileEvaluation(): Promise<CompiledStep> {
    const { batchSize } = this.spec;
    const embeddings = new Float32Array(batchSize * this.objective.model.embeddingSize);
    const graph = traceEvaluation(this.objective, this.spec, batchSize);
    return this.compile(lower(graph, this.options.rules), () => embeddings);
  }

  private async compile(
    { model, outputShapes }: LoweredGraph,
    outputData: (name: string) => Float32Array,
  ): Promise<CompiledStep> {
    const session = await createRuntimeSession(encodeOnnx(model), {
      executionProvider: this.options.executionProvider,
      threads: this.spec.threads,
      optimisation: 'none',
    });
    const feeds = model.inputs.map(
      ({ name, shape }) => [name, new Tensor('float32', this.inputData(name), shape as number[])] as const,
    );
    const fetches = [...outputShapes].map(
      ([name, shape]) =>
        [name, new Tensor('float32', outputData(name).subarray(0, elementCount(shape)), shape)] as const,
    );
    return { session, feeds: Object.fromEntries(feeds), fetches: Object.fromEntries(fetches) };
  }

  private inputData(name: string): Float32Array {
    if (name === 'images') return this.images;
    if (name === 'oneHot') return this.oneHot;
    if (name === 'marginRad') return this.marginRad;
    const parameter = this.layout.placements.get(name);
    if (parameter) return view(this.adamw.parameters, parameter);
    const buffer = this.bufferLayout.placements.get(name);
    if (buffer) return view(this.buffers, buffer);
    throw new AppError('internal', 'UNKNOWN_GRAPH_INPUT', `The step graph has an unknown input ${name}`);
  }

  private stepOutput(output: string): Float32Array {
    const dot = output.indexOf('.');
    const [kind, name] = [output.slice(0, dot), output.slice(dot + 1)];
    if (kind === 'loss') return this.losses.subarray(LOSS_NAMES.indexOf(name as (typeof LOSS_NAMES)[number]));
    if (kind === 'updated') return view(this.updatedBuffers, this.bufferLayout.placements.get(name)!);
    return view(this.adamw.gradients, this.layout.placements.get(name)!);
  }
}
