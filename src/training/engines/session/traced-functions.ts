import {
  div,
  engine,
  sub,
  tensor4d,
  type Scalar,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { AppError } from '../../../common/index.js';
import type { LossDefinition } from '../../losses/loss.js';
import type { ModelDefinition, ParameterSpec } from '../../models/model.js';
import type { SessionSpec } from '../engine.js';

/** The parts of a session's spec that shape its graphs. */
export type StepShape = Pick<SessionSpec, 'batchSize' | 'imageSizePx' | 'classCount' | 'normalisation'>;

export interface Objective {
  readonly model: ModelDefinition;
  readonly loss: LossDefinition;
}

/** The model's parameters and then the loss's, in the order of planes, feeds and gradients. */
export function allParameters({ model, loss }: Objective): readonly ParameterSpec[] {
  return [...model.parameters, ...loss.parameters];
}

export interface StepInputs {
  readonly images: Tensor4D;
  readonly oneHot: Tensor2D;
  readonly marginRad: Scalar;
  /** Gradients come out multiplied by this; absent is 1. */
  readonly lossScale?: Scalar | undefined;
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly buffers: ReadonlyMap<string, Tensor>;
}

export const LOSS_NAMES = ['total', 'arcface', 'triplet', 'center'] as const;

/**
 * One training step as a tfjs function, without the optimiser: reports losses (`loss.<name>`), new running
 * statistics (`updated.<buffer>`) and the gradients of `trained` (`gradient.<parameter>`). The same
 * function is traced by the ONNX engine and run eagerly by the TensorFlow engine. `report` must take what
 * it needs at once: tfjs disposes intermediate tensors.
 */
export function differentiateStep(
  { model, loss }: Objective,
  shape: StepShape,
  inputs: StepInputs,
  trained: readonly ParameterSpec[],
  report: (name: string, tensor: Tensor) => void,
): void {
  const { images, oneHot, marginRad, lossScale, parameters, buffers } = inputs;
  const forward = (): Scalar => {
    const { embedding, updatedBuffers } = model.forward({
      images: normalised(images, shape.normalisation),
      parameters,
      buffers,
      training: true,
    });
    const losses = loss.compute({ embedding, oneHot, marginRad, parameters });
    for (const name of LOSS_NAMES) report(`loss.${name}`, losses[name]);
    updatedBuffers.forEach((value, name) => report(`updated.${name}`, value));
    return losses.total;
  };
  const { grads } = engine().gradients(
    forward,
    trained.map(({ name }) => parameters.get(name)!),
    lossScale,
    true,
  );
  grads.forEach((gradient: Tensor | null | undefined, i) => {
    const { name } = trained[i]!;
    if (!gradient) throw new AppError('internal', 'NO_GRADIENT', `The loss does not depend on the parameter ${name}`);
    report(`gradient.${name}`, gradient);
  });
}

/** Eval-mode embeddings of images in [0, 1]: [batch, embeddingSize], not L2-normalised. */
export function evaluate(
  model: ModelDefinition,
  normalisation: SessionSpec['normalisation'],
  inputs: Pick<StepInputs, 'images' | 'parameters' | 'buffers'>,
): Tensor2D {
  const { images, parameters, buffers } = inputs;
  return model.forward({ images: normalised(images, normalisation), parameters, buffers, training: false }).embedding;
}

function normalised(images: Tensor4D, { mean, std }: SessionSpec['normalisation']): Tensor4D {
  if (mean.length !== 3 || std.length !== 3 || !std.every((value) => value > 0))
    throw new RangeError('normalisation: expected three means and three positive standard deviations');
  const perChannel = (values: readonly number[]): Tensor4D => tensor4d([...values], [1, 3, 1, 1]);
  return div(sub(images, perChannel(mean)), perChannel(std));
}
