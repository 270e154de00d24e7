import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { AppError } from '../../../common/index.js';
import { elementCount, type Graph } from '../graph/graph.js';
import { lower, type LoweringRules } from '../lowering/index.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import { view } from '../session/parameter-planes.js';
import {
  allocateMemory,
  PlaneTrainingSession,
  type CompiledSpec,
  type SessionMemory,
} from '../session/plane-session.js';
import { traceEvaluation, traceTrainingStep } from '../session/step-graphs.js';
import { LOSS_NAMES, type Objective } from '../session/traced-functions.js';
import type { CompiledModel, GraphCache } from './graph-cache.js';
import { runInPlace, withResultsInPlace } from './results-in-place.js';
import { createRuntimeSession, type ExecutionProvider } from './runtime-session.js';

export interface OnnxSessionOptions {
  readonly executionProvider: ExecutionProvider;
  readonly rules: LoweringRules;
  /** Where lowered graphs are kept between sessions; without it every session traces. */
  readonly graphCache?: GraphCache;
}

/** A compiled graph: the runtime's session with its feeds and preallocated fetches over the planes. */
interface CompiledGraph {
  readonly session: InferenceSession;
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly fetches: Readonly<Record<string, Tensor>>;
}

/**
 * Training on ONNX Runtime: a step is traced once and runs as one static graph whose feeds and fetches
 * alias the session's planes. Graphs are compiled when first needed.
 */
export class OnnxTrainingSession extends PlaneTrainingSession {
  private readonly steps = new Map<boolean, Promise<CompiledGraph>>();
  private evaluation: Promise<CompiledGraph> | undefined;

  private constructor(
    objective: Objective,
    spec: CompiledSpec,
    memory: SessionMemory,
    private readonly options: OnnxSessionOptions,
  ) {
    super(objective, spec, memory);
  }

  static async create(
    objective: Objective,
    spec: CompiledSpec,
    options: OnnxSessionOptions,
  ): Promise<OnnxTrainingSession> {
    return new OnnxTrainingSession(objective, spec, await allocateMemory(objective, spec), options);
  }

  /** Compiles the step graph now, so that the first step does not wait for it. */
  async prepare(frozenBackbone: boolean): Promise<void> {
    await this.compiledStep(frozenBackbone);
  }

  protected override async runStep(frozenBackbone: boolean): Promise<void> {
    const { session, feeds, fetches } = await this.compiledStep(frozenBackbone);
    await runInPlace(session, feeds, fetches);
  }

  protected override async runEvaluation(): Promise<void> {
    this.evaluation ??= this.compile(
      'evaluation',
      () => traceEvaluation(this.objective, this.spec, this.spec.batchSize),
      () => this.memory.embeddings,
    );
    const { session, feeds, fetches } = await this.evaluation;
    await runInPlace(session, feeds, fetches);
  }

  protected override async release(): Promise<void> {
    const graphs = [...this.steps.values(), ...(this.evaluation ? [this.evaluation] : [])];
    for (const result of await Promise.allSettled(graphs))
      if (result.status === 'fulfilled') await result.value.session.release();
    this.steps.clear();
    this.evaluation = undefined;
  }

  private compiledStep(frozenBackbone: boolean): Promise<CompiledGraph> {
    const known = this.steps.get(frozenBackbone);
    if (known) return known;
    const compiled = this.compile(
      frozenBackbone ? 'step with frozen backbone' : 'step',
      () => traceTrainingStep(this.objective, this.spec, frozenBackbone),
      (name) => this.stepOutput(name),
    );
    this.steps.set(frozenBackbone, compiled);
    return compiled;
  }

  private async compile(
    graph: string,
    traceGraph: () => Graph,
    outputData: (name: string) => Float32Array,
  ): Promise<CompiledGraph> {
    const { executionProvider, rules, graphCache } = this.options;
    const build = (): CompiledModel => encodedModel(traceGraph(), rules);
    const { bytes, inputs, outputs } = graphCache === undefined ? build() : await graphCache.get(graph, build);
    const session = await createRuntimeSession(bytes, {
      executionProvider,
      threads: this.spec.threads,
      optimisation: 'none',
    });
    const feeds = inputs.map(({ name, shape }) => [name, new Tensor('float32', this.inputData(name), shape)] as const);
    const fetches = outputs.map(
      ({ name, shape }) =>
        [name, new Tensor('float32', outputData(name).subarray(0, elementCount(shape)), shape)] as const,
    );
    return { session, feeds: Object.fromEntries(feeds), fetches: Object.fromEntries(fetches) };
  }

  private inputData(name: string): Float32Array {
    const { images, oneHot, marginRad, layout, adamw, bufferLayout, buffers } = this.memory;
    if (name === 'images') return images;
    if (name === 'oneHot') return oneHot;
    if (name === 'marginRad') return marginRad;
    const parameter = layout.placements.get(name);
    if (parameter) return view(adamw.parameters, parameter);
    const buffer = bufferLayout.placements.get(name);
    if (buffer) return view(buffers, buffer);
    throw new AppError('internal', 'UNKNOWN_GRAPH_INPUT', `The step graph has an unknown input ${name}`);
  }

  private stepOutput(output: string): Float32Array {
    const { losses, updatedBuffers, bufferLayout, adamw, layout } = this.memory;
    const dot = output.indexOf('.');
    const [kind, name] = [output.slice(0, dot), output.slice(dot + 1)];
    if (kind === 'loss') return losses.subarray(LOSS_NAMES.indexOf(name as (typeof LOSS_NAMES)[number]));
    if (kind === 'updated') return view(updatedBuffers, bufferLayout.placements.get(name)!);
    return view(adamw.gradients, layout.placements.get(name)!);
  }
}

function encodedModel(graph: Graph, rules: LoweringRules): CompiledModel {
  const { model, outputShapes } = lower(graph, rules);
  return {
    bytes: encodeOnnx(withResultsInPlace(model)),
    inputs: model.inputs.map(({ name, shape }) => ({ name, shape: shape as number[] })),
    outputs: [...outputShapes].map(([name, shape]) => ({ name, shape })),
  };
}
