import { div, maximum, norm, type Tensor } from '@tensorflow/tfjs-core';
import { badInput } from '../../../common/index.js';
import type { ModelDefinition } from '../../models/model.js';
import type { SessionSpec, TrainingState } from '../engine.js';
import type { Graph } from '../graph/graph.js';
import { simplify } from '../graph/simplify.js';
import { transform } from '../graph/transform.js';
import { combineRules, lower, PORTABLE_RULES } from '../lowering/index.js';
import { convAttributes, convolutionShape } from '../lowering/convolution-parts.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import { evaluate } from '../session/traced-functions.js';
import { trace } from '../tracing/trace.js';
import { foldConstants } from './constant-folding.js';
import { BIASED_CONVOLUTION, foldAffineIntoConvolutions } from './fold-affine.js';

/**
 * Stands for the batch while tracing, since shapes are static there: a prime that divides no other size,
 * so that the dimensions it shows up in can be made dynamic again.
 */
const BATCH_STAND_IN = 10_007;
/** As in the losses: a zero vector stays zero. */
const MIN_NORM = 1e-12;

const EXPORT_RULES = combineRules(PORTABLE_RULES, {
  [BIASED_CONVOLUTION]: (node, { builder, name }) => [
    builder.op('Conv', [name(node.inputs['x']!), name(node.inputs['weight']!), name(node.inputs['bias']!)], {
      attributes: convAttributes(convolutionShape(node)),
    }),
  ],
});

/**
 * ONNX bytes of the deployed model: `image` [batch, 3, S, S] RGB in [0, 1] to `embedding` [batch, E] of unit
 * length; standard operators only, batch norm folded into the convolutions, any batch size.
 */
export function exportInferenceModel(
  model: ModelDefinition,
  spec: Pick<SessionSpec, 'imageSizePx' | 'normalisation'>,
  weights: Pick<TrainingState, 'parameters' | 'buffers'>,
): Uint8Array {
  const bound = bindWeights(simplify(traceInference(model, spec)), weights);
  const graph = simplify(foldAffineIntoConvolutions(foldAffineIntoConvolutions(simplify(foldConstants(bound)))));
  const lowered = lower(graph, EXPORT_RULES, { dynamicBatch: BATCH_STAND_IN });
  return encodeOnnx({
    ...lowered.model,
    metadata: { imageSizePx: String(spec.imageSizePx), embeddingSize: String(model.embeddingSize) },
  });
}

function traceInference(
  model: ModelDefinition,
  { imageSizePx, normalisation }: Pick<SessionSpec, 'imageSizePx' | 'normalisation'>,
): Graph {
  return trace((tracer) => {
    const named = (specs: readonly { name: string; shape: readonly number[] }[]): Map<string, Tensor> =>
      new Map(specs.map(({ name, shape }) => [name, tracer.input(name, { shape, dtype: 'float32' })]));
    const raw = evaluate(model, normalisation, {
      images: tracer.input('image', { shape: [BATCH_STAND_IN, 3, imageSizePx, imageSizePx], dtype: 'float32' }),
      parameters: named(model.parameters),
      buffers: named(model.buffers),
    });
    tracer.output('embedding', div(raw, maximum(norm(raw, 2, 1, true), MIN_NORM)));
  });
}

function bindWeights(graph: Graph, { parameters, buffers }: Pick<TrainingState, 'parameters' | 'buffers'>): Graph {
  return transform(graph, {
    input: (name, { shape, dtype }, result) => {
      if (name === 'image') return undefined;
      const tensor = parameters.get(name) ?? buffers.get(name);
      if (tensor === undefined) throw badInput('STATE_TENSOR_MISSING', `Export: the state lacks ${name}`);
      if (tensor.shape.join() !== shape.join())
        throw badInput(
          'STATE_SHAPE',
          `Export: ${name} has shape [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`,
        );
      return result.addConstant({ shape, dtype }, tensor.data);
    },
  });
}
