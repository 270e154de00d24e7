import {
  add,
  concat,
  div,
  max,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  transpose,
  type Rank,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { activationSizes } from '../kernels/index.js';
import { attentionParameters, pooledSelfAttention, selfAttention, type AttentionParameters } from './attention.js';
import { buildBackbone, type Feature } from './backbone.js';
import type { BackboneSpec } from './backbone-spec.js';
import { ForwardContext, swapBatchAndChannels } from './forward-context.js';
import { laplacianPerChannel } from './initialisers.js';
import { activation, batchNorm, convolution, linear, vectorBatchNorm, type Layer } from './layers.js';
import type { ModelDefinition } from './model.js';
import { ParameterRegistry } from './parameter-registry.js';

export interface HoamSpec {
  readonly architecture: 'HOAM' | 'HOAMV2';
  readonly backbone: BackboneSpec;
  /** Width D of both branches; a multiple of `attentionHeads`. */
  readonly hiddenDim: number;
  readonly attentionHeads: number;
  readonly embeddingSize: number;
  /** `pooled` (default) is exact and half the cost; `textbook` is kept to prove it. */
  readonly attention?: 'pooled' | 'textbook';
}

/** `nn.BatchNorm2d(dim, 0.001)` of the original: its second argument is eps. */
const BRANCH_EPS = 1e-3;
const DEFAULT_EPS = 1e-5;
const UNIT_NORM_EPS = 1e-6;

/**
 * HOAM and HOAMV2, the Hybrid Orthogonal Attention Models: a local branch (stride-16 features, in V2 with a
 * trainable Laplacian edge layer, then self-attention) has its part along the global descriptor removed
 * (orthogonal fusion, after DOLG, Yang et al. 2021) and is joined to it. Parameter names are PyTorch's.
 */
export function buildHoam(spec: HoamSpec): ModelDefinition {
  const { hiddenDim: dim, attentionHeads: heads, embeddingSize } = spec;
  const registry = new ParameterRegistry('model');
  const backbone = buildBackbone(registry.at('backbone'), spec.backbone);
  const localBranch = pointwiseBranch(registry.at('local_branch_conv'), backbone.localChannels, dim);
  const edge = spec.architecture === 'HOAMV2' ? edgeLayer(registry.at('local_edge_layer'), dim) : null;
  const attention = attentionParameters(registry.at('local_branch_attention'), dim, heads);
  const globalBranch = pointwiseBranch(registry.at('global_branch'), backbone.globalChannels, dim);
  const projector =
    spec.architecture === 'HOAMV2' ? linear(registry, 'orthogonal_fusion.projector', 2 * dim, dim) : null;
  const headFusion = linear(registry, 'head.2', 2 * dim, embeddingSize);
  const headEmbedding = linear(registry, 'head.3', embeddingSize, embeddingSize);
  const headNorm = vectorBatchNorm(registry, 'head.4', embeddingSize, DEFAULT_EPS);
  const fuse = spec.attention === 'textbook' ? textbookFusion : pooledFusion;

  return {
    parameters: registry.parameters,
    buffers: registry.buffers,
    embeddingSize,
    forward(inputs) {
      const context = new ForwardContext(inputs);
      const features = backbone.forward(inputs.images, context);
      const [localFeature, globalFeature] = features.slice(-2) as [Feature, Feature];

      let local = localBranch(localFeature.value, context, localFeature.layout);
      context.record('local_branch_conv', local, localFeature.layout);
      if (edge) {
        local = edge(local, context, localFeature.layout);
        context.record('local_edge_layer', local, localFeature.layout);
      }
      const globalMap = globalBranch(globalFeature.value, context, globalFeature.layout);
      context.record('global_branch', globalMap, globalFeature.layout);
      const pooledGlobal = poolGlobal({ ...globalFeature, value: globalMap }, projector !== null);
      context.record('global_pool', pooledGlobal);
      const descriptor = projector ? projector(pooledGlobal, context) : pooledGlobal;

      const fused = fuse({ ...localFeature, value: local }, descriptor, attention, context);
      context.record('head.1', fused);
      const reduced = headFusion(fused, context);
      context.record('head.2', reduced);
      const projected = headEmbedding(reduced, context);
      context.record('head.3', projected);
      const embedding = headNorm(projected, context);
      context.record('head.4', embedding);
      return { embedding, updatedBuffers: context.updatedBuffers, trace: context.trace };
    },
  };
}

function pointwiseBranch(registry: ParameterRegistry, inChannels: number, dim: number): Layer {
  const conv = convolution(registry, '0', { inChannels, outChannels: dim, kernel: 1, start: 'head' });
  const norm = batchNorm(registry, '1', dim, BRANCH_EPS);
  return (x, context, layout) => activation(norm(conv(x, context, layout), context, layout));
}

function edgeLayer(registry: ParameterRegistry, dim: number): Layer {
  const conv = convolution(registry, 'depthwise_conv', {
    inChannels: dim,
    outChannels: dim,
    kernel: 3,
    depthwise: true,
    start: laplacianPerChannel,
  });
  const norm = batchNorm(registry, 'bn', dim, DEFAULT_EPS);
  return (x, context, layout) => norm(conv(x, context, layout), context, layout);
}

/** Average pool, and beside it the max pool for V2: [batch, D] or [batch, 2D]. */
function poolGlobal({ value, layout }: Feature, withMax: boolean): Tensor2D {
  const pools = [mean<Tensor2D>(value, [2, 3]), ...(withMax ? [max<Tensor2D>(value, [2, 3])] : [])];
  if (layout === 'NCHW') return concat(pools, 1);
  return transpose(concat(pools, 0), [1, 0]);
}

type Fusion = (
  local: Feature,
  globalDescriptor: Tensor2D,
  attention: AttentionParameters,
  context: ForwardContext,
) => Tensor2D;

/** Attention and orthogonal fusion after the average pool: [batch, 2D]. */
const pooledFusion: Fusion = (local, globalDescriptor, attention, context) => {
  const channelsFirst = local.layout === 'CNHW' ? local.value : swapBatchAndChannels(local.value);
  const { channels, batch, height, width } = activationSizes(channelsFirst.shape, 'CNHW');
  const sequence = reshape<Rank.R3>(channelsFirst, [channels, batch, height * width]);
  const attended = pooledSelfAttention(sequence, attention, context);
  const unit = toUnit(globalDescriptor);
  const along = sum(mul(unit, attended), 1, true);
  return concat([globalDescriptor, sub<Tensor2D>(attended, mul(unit, along))], 1);
};

/** The same, position by position as published, then the average pool. */
const textbookFusion: Fusion = (local, globalDescriptor, attention, context) => {
  const batchFirst: Tensor4D = local.layout === 'NCHW' ? local.value : swapBatchAndChannels(local.value);
  const { channels, batch, height, width } = activationSizes(batchFirst.shape, 'NCHW');
  const sequence = transpose(reshape<Rank.R3>(batchFirst, [batch, channels, height * width]), [0, 2, 1]);
  const attended = selfAttention(sequence, attention, context);
  context.record('local_branch_attention', transpose(attended, [1, 0, 2]));
  const unit = reshape(toUnit(globalDescriptor), [batch, 1, channels]);
  const along = sum(mul(attended, unit), 2, true);
  const orthogonal = sub(attended, mul(unit, along));
  const everywhere = add(mul(attended, 0), reshape(globalDescriptor, [batch, 1, channels]));
  const fused = concat([everywhere, orthogonal], 2) as Tensor3D;
  context.record('orthogonal_fusion', reshape(transpose(fused, [0, 2, 1]), [batch, 2 * channels, height, width]));
  return mean<Tensor2D>(fused, 1);
};

/** v / (||v|| + 1e-6); the tiny addend under the root keeps the gradient finite at 0. */
function toUnit(vectors: Tensor2D): Tensor2D {
  const norms = sqrt(add(sum(square(vectors), 1, true), 1e-24));
  return div(vectors, add(norms, UNIT_NORM_EPS));
}
