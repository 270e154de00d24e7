import { AppError } from '../../../common/index.js';
import type { AdamW } from '../adamw/adamw.js';
import { createAdamW } from '../adamw/adamw.js';
import type {
  SessionSpec,
  StepHyperparameters,
  StepLosses,
  StepResult,
  TrainingSession,
  TrainingState,
} from '../engine.js';
import { exportInferenceModel } from '../export/export-inference.js';
import { applyAdamW } from './apply-adamw.js';
import { embedInBatches, requireWholeBatch } from './batches.js';
import { oneHot } from './one-hot.js';
import {
  initialiseBuffers,
  initialiseParameters,
  placeBuffers,
  placeParameters,
  readPlane,
  writePlane,
  type ParameterLayout,
  type PlaneLayout,
} from './parameter-planes.js';
import { allParameters, LOSS_NAMES, type Objective } from './traced-functions.js';

/** The parts of a session's spec that an engine needs once model and loss are built. */
export type CompiledSpec = Pick<
  SessionSpec,
  'batchSize' | 'imageSizePx' | 'classCount' | 'normalisation' | 'seed' | 'threads'
>;

/** Everything a session keeps in memory: flat planes, and the inputs and results of one step. */
export interface SessionMemory {
  readonly layout: ParameterLayout;
  readonly bufferLayout: PlaneLayout;
  /** Parameters, gradients and moments. */
  readonly adamw: AdamW;
  readonly buffers: Float32Array;
  readonly updatedBuffers: Float32Array;
  readonly images: Float32Array;
  readonly oneHot: Float32Array;
  readonly marginRad: Float32Array;
  /** In the order of LOSS_NAMES. */
  readonly losses: Float32Array;
  readonly embeddings: Float32Array;
}

/** Planes with seeded start values. */
export async function allocateMemory(objective: Objective, spec: CompiledSpec): Promise<SessionMemory> {
  const { batchSize, imageSizePx, classCount, seed } = spec;
  const { model } = objective;
  const layout = placeParameters(allParameters(objective));
  const bufferLayout = placeBuffers(model.buffers);
  const memory: SessionMemory = {
    layout,
    bufferLayout,
    adamw: await createAdamW(layout.length),
    buffers: new Float32Array(bufferLayout.length),
    updatedBuffers: new Float32Array(bufferLayout.length),
    images: new Float32Array(batchSize * 3 * imageSizePx * imageSizePx),
    oneHot: new Float32Array(batchSize * classCount),
    marginRad: new Float32Array(1),
    losses: new Float32Array(LOSS_NAMES.length),
    embeddings: new Float32Array(batchSize * model.embeddingSize),
  };
  initialiseParameters(memory.adamw, layout, allParameters(objective), seed);
  initialiseBuffers(memory.buffers, bufferLayout, model.buffers);
  return memory;
}

/**
 * What all engines share: state in flat planes, AdamW over them, checks and batching. An engine adds how
 * losses, gradients and statistics of one batch get into the planes.
 */
export abstract class PlaneTrainingSession implements TrainingSession {
  private stepCounts: TrainingState['stepCounts'] = { backbone: 0, head: 0 };
  private isDisposed = false;

  protected constructor(
    protected readonly objective: Objective,
    protected readonly spec: CompiledSpec,
    protected readonly memory: SessionMemory,
  ) {}

  /** From images, one-hot labels, margin and weights to losses, gradients and updated statistics. */
  protected abstract runStep(frozenBackbone: boolean): Promise<void>;
  /** From images and weights to `memory.embeddings`, in eval mode. */
  protected abstract runEvaluation(): Promise<void>;
  protected abstract release(): Promise<void>;

  async step(images: Float32Array, labels: Int32Array, hyper: StepHyperparameters): Promise<StepResult> {
    this.requireAlive();
    const { memory } = this;
    requireWholeBatch(this.spec, images, labels);
    memory.images.set(images);
    memory.oneHot.set(oneHot(labels, this.spec.classCount));
    memory.marginRad[0] = hyper.marginRad;
    await this.runStep(hyper.frozenBackbone);
    const losses = Object.fromEntries(LOSS_NAMES.map((name, i) => [name, memory.losses[i]!])) as unknown as StepLosses;
    // What is not finite leaves parameters, moments and statistics as they were: the caller reports it.
    if (!Number.isFinite(losses.total)) return { losses, gradientNorm: Number.NaN };
    const { gradientNorm, stepCounts } = applyAdamW(memory.adamw, memory.layout.ranges, this.stepCounts, hyper);
    this.stepCounts = stepCounts;
    if (Number.isFinite(gradientNorm)) memory.buffers.set(memory.updatedBuffers);
    return { losses, gradientNorm };
  }

  async embed(images: Float32Array, count: number): Promise<Float32Array> {
    this.requireAlive();
    const { memory } = this;
    const { embeddingSize } = this.objective.model;
    return embedInBatches(this.spec, { images, count, batch: memory.images }, embeddingSize, async () => {
      await this.runEvaluation();
      return memory.embeddings;
    });
  }

  async readState(): Promise<TrainingState> {
    const { adamw, layout, buffers, bufferLayout } = this.memory;
    return {
      parameters: readPlane(adamw.parameters, layout),
      firstMoments: readPlane(adamw.firstMoments, layout),
      secondMoments: readPlane(adamw.secondMoments, layout),
      buffers: readPlane(buffers, bufferLayout),
      stepCounts: { ...this.stepCounts },
    };
  }

  async writeState(state: TrainingState): Promise<void> {
    const { adamw, layout, buffers, bufferLayout } = this.memory;
    writePlane(adamw.parameters, layout, state.parameters);
    writePlane(adamw.firstMoments, layout, state.firstMoments);
    writePlane(adamw.secondMoments, layout, state.secondMoments);
    writePlane(buffers, bufferLayout, state.buffers);
    this.stepCounts = { ...state.stepCounts };
  }

  async exportOnnx(state?: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<Uint8Array> {
    const { adamw, layout, buffers, bufferLayout } = this.memory;
    const weights = state ?? {
      parameters: readPlane(adamw.parameters, layout),
      buffers: readPlane(buffers, bufferLayout),
    };
    return exportInferenceModel(this.objective.model, this.spec, weights);
  }

  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    await this.release();
  }

  private requireAlive(): void {
    if (this.isDisposed) throw new AppError('internal', 'SESSION_DISPOSED', 'The training session was disposed');
  }
}
