import {
  engine,
  getBackend,
  scalar,
  setBackend,
  tensor,
  tensor2d,
  tensor4d,
  tidy,
  type Tensor,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AppError } from '../../../common/index.js';
import { view } from '../session/parameter-planes.js';
import {
  allocateMemory,
  PlaneTrainingSession,
  type CompiledSpec,
  type SessionMemory,
} from '../session/plane-session.js';
import { allParameters, differentiateStep, evaluate, LOSS_NAMES, type Objective } from '../session/traced-functions.js';

/**
 * Training on a tfjs backend, operation by operation: the same functions that the ONNX engine traces. Every
 * step runs in one tidy, so device memory does not grow; gradients come back into the planes, where AdamW
 * runs as in every engine.
 */
export class EagerTrainingSession extends PlaneTrainingSession {
  private constructor(
    objective: Objective,
    spec: CompiledSpec,
    memory: SessionMemory,
    private readonly backend: string,
  ) {
    super(objective, spec, memory);
  }

  static async create(objective: Objective, spec: CompiledSpec, backend: string): Promise<EagerTrainingSession> {
    return new EagerTrainingSession(objective, spec, await allocateMemory(objective, spec), backend);
  }

  protected override async runStep(frozenBackbone: boolean): Promise<void> {
    const { memory, objective, spec } = this;
    const { layout, bufferLayout, adamw, updatedBuffers, losses } = memory;
    const trained = allParameters(objective).filter(({ group }) => group === 'head' || !frozenBackbone);
    const results = new Map<string, Tensor>();
    await this.onBackend(() => {
      const inputs = {
        images: this.images(),
        oneHot: tensor2d(memory.oneHot.slice(), [spec.batchSize, spec.classCount]),
        marginRad: scalar(memory.marginRad[0]!),
        parameters: this.parameters(),
        buffers: this.buffers(),
      };
      differentiateStep(objective, spec, inputs, trained, (name, value) =>
        results.set(name, engine().keep(value.clone())),
      );
    });
    try {
      for (const [output, value] of results) {
        const dot = output.indexOf('.');
        const [kind, name] = [output.slice(0, dot), output.slice(dot + 1)];
        const data = await value.data<'float32'>();
        if (kind === 'loss') losses.set(data, LOSS_NAMES.indexOf(name as (typeof LOSS_NAMES)[number]));
        else if (kind === 'updated') view(updatedBuffers, bufferLayout.placements.get(name)!).set(data);
        else view(adamw.gradients, layout.placements.get(name)!).set(data);
      }
    } finally {
      for (const value of results.values()) value.dispose();
    }
  }

  protected override async runEvaluation(): Promise<void> {
    const { objective, spec, memory } = this;
    let embedding: Tensor | undefined;
    await this.onBackend(() => {
      const inputs = { images: this.images(), parameters: this.parameters(), buffers: this.buffers() };
      embedding = engine().keep(evaluate(objective.model, spec.normalisation, inputs).clone());
    });
    memory.embeddings.set(await embedding!.data<'float32'>());
    embedding!.dispose();
  }

  protected override async release(): Promise<void> {}

  /** Runs `work` in a tidy on this session's backend and switches back. */
  private async onBackend(work: () => void): Promise<void> {
    const previous = getBackend() as string | undefined;
    if (!(await setBackend(this.backend)))
      throw new AppError('unavailable', 'TFJS_BACKEND', `The tfjs backend ${this.backend} did not start`);
    try {
      tidy(work);
    } finally {
      if (previous && previous !== this.backend) await setBackend(previous);
    }
  }

  private images(): Tensor4D {
    const { batchSize, imageSizePx } = this.spec;
    return tensor4d(this.memory.images.slice(), [batchSize, 3, imageSizePx, imageSizePx]);
  }

  private parameters(): Map<string, Tensor> {
    const { layout, adamw } = this.memory;
    return new Map(
      [...layout.placements].map(([name, placement]) => [
        name,
        tensor(view(adamw.parameters, placement).slice(), [...placement.shape]),
      ]),
    );
  }

  private buffers(): Map<string, Tensor> {
    const { bufferLayout, buffers } = this.memory;
    return new Map(
      [...bufferLayout.placements].map(([name, placement]) => [
        name,
        tensor(view(buffers, placement).slice(), [...placement.shape]),
      ]),
    );
  }
}
