import { add, mul, scalar, type Scalar, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LossConfig } from '../config.js';
import type { ParameterSpec } from '../models/index.js';
import { arcFace } from './arcface.js';
import { centerLoss } from './center.js';
import type { LossDefinition, LossInputs } from './loss.js';
import { toUnitLength } from './normalise.js';
import { batchHardTriplet } from './triplet.js';

/** State-dict names of the original's criterion modules. */
const HYBRID_WEIGHTS = 'criterion.subcenter_arcface.W';
const HYBRID_CENTERS = 'criterion.center_loss_centers';
const ARCFACE_WEIGHTS = 'criterion.W';

/**
 * The loss a configuration asks for. HybridMargin = sub-center ArcFace + batch-hard triplet + centerWeight ×
 * center, all on unit embeddings; ArcFace and SubCenterArcFace report 0 for the parts they lack. `center`
 * is reported without its weight.
 */
export function buildLoss(config: LossConfig, classCount: number, embeddingSize: number): LossDefinition {
  switch (config.name) {
    case 'HybridMargin':
      return hybridMargin(config, classCount, embeddingSize);
    case 'SubCenterArcFace':
      return arcFaceOnly(config, classCount, embeddingSize, config.subCenters);
    case 'ArcFace':
      return arcFaceOnly(config, classCount, embeddingSize, 1);
  }
}

function hybridMargin(config: LossConfig, classCount: number, embeddingSize: number): LossDefinition {
  const { scale, subCenters, tripletMargin, centerWeight } = config;
  return {
    parameters: [
      standardNormal(HYBRID_WEIGHTS, [embeddingSize, classCount * subCenters]),
      standardNormal(HYBRID_CENTERS, [classCount, embeddingSize]),
    ],
    compute(inputs) {
      const unitEmbedding = toUnitLength(inputs.embedding, 1);
      const { oneHot, marginRad } = inputs;
      const weights = parameter(inputs, HYBRID_WEIGHTS);
      const arcface = arcFace({ unitEmbedding, weights, oneHot, marginRad, scale, subCenters });
      const triplet = batchHardTriplet(unitEmbedding, oneHot, tripletMargin);
      const center = centerLoss(unitEmbedding, oneHot, parameter(inputs, HYBRID_CENTERS));
      return { total: add<Scalar>(add(arcface, triplet), mul(center, centerWeight)), arcface, triplet, center };
    },
  };
}

function arcFaceOnly(
  config: LossConfig,
  classCount: number,
  embeddingSize: number,
  subCenters: number,
): LossDefinition {
  return {
    parameters: [standardNormal(ARCFACE_WEIGHTS, [embeddingSize, classCount * subCenters])],
    compute(inputs) {
      const unitEmbedding = toUnitLength(inputs.embedding, 1);
      const { oneHot, marginRad } = inputs;
      const weights = parameter(inputs, ARCFACE_WEIGHTS);
      const arcface = arcFace({ unitEmbedding, weights, oneHot, marginRad, scale: config.scale, subCenters });
      return { total: arcface, arcface, triplet: scalar(0), center: scalar(0) };
    },
  };
}

function parameter({ parameters }: LossInputs, name: string): Tensor2D {
  const tensor: Tensor | undefined = parameters.get(name);
  if (tensor === undefined) throw new RangeError(`loss: expected a parameter named ${name}, got none`);
  return tensor as Tensor2D;
}

/** N(0, 1), as pytorch-metric-learning starts its weights and the original its centers. */
function standardNormal(name: string, shape: readonly [number, number]): ParameterSpec {
  const initialise: ParameterSpec['initialise'] = (random, parameter) => {
    for (let i = 0; i < parameter.length; i++) parameter[i] = random.normal();
  };
  return { name, shape, group: 'head', decayExempt: true, initialise };
}
