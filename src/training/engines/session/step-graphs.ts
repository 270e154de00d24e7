import type { Tensor } from '@tensorflow/tfjs-core';
import type { Graph } from '../graph/graph.js';
import { simplify } from '../graph/simplify.js';
import { trace, type Tracer } from '../tracing/trace.js';
import { allParameters, differentiateStep, evaluate, type Objective, type StepShape } from './traced-functions.js';

interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

function inputs(tracer: Tracer, specs: readonly NamedShape[]): Map<string, Tensor> {
  return new Map(specs.map(({ name, shape }) => [name, tracer.input(name, { shape, dtype: 'float32' })]));
}

/**
 * The graph of one training step. Inputs: `images`, `oneHot`, `marginRad`, every parameter and buffer by
 * name; outputs as `differentiateStep` names them. With a frozen backbone there is no backward pass
 * through it; its running statistics still move.
 */
export function traceTrainingStep(objective: Objective, shape: StepShape, frozenBackbone: boolean): Graph {
  const { batchSize, imageSizePx, classCount } = shape;
  const specs = allParameters(objective);
  const graph = trace((tracer) => {
    const stepInputs = {
      images: tracer.input('images', { shape: [batchSize, 3, imageSizePx, imageSizePx], dtype: 'float32' }),
      oneHot: tracer.input('oneHot', { shape: [batchSize, classCount], dtype: 'float32' }),
      marginRad: tracer.input('marginRad', { shape: [], dtype: 'float32' }),
      parameters: inputs(tracer, specs),
      buffers: inputs(tracer, objective.model.buffers),
    } as const;
    const trained = frozenBackbone ? specs.filter(({ group }) => group === 'head') : specs;
    differentiateStep(objective, shape, stepInputs as never, trained, (name, tensor) => tracer.output(name, tensor));
  });
  return simplify(graph);
}

/** The graph of an eval-mode forward pass: `images` and all weights in, `embedding` out. */
export function traceEvaluation(
  { model }: Pick<Objective, 'model'>,
  { imageSizePx, normalisation }: Pick<StepShape, 'imageSizePx' | 'normalisation'>,
  batchSize: number,
): Graph {
  const graph = trace((tracer) => {
    const embedding = evaluate(model, normalisation, {
      images: tracer.input('images', { shape: [batchSize, 3, imageSizePx, imageSizePx], dtype: 'float32' }),
      parameters: inputs(tracer, model.parameters),
      buffers: inputs(tracer, model.buffers),
    });
    tracer.output('embedding', embedding);
  });
  return simplify(graph);
}
