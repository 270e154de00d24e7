import { add, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Layout } from '../kernels/index.js';
import { expandedChannels, squeezedChannels, type BackboneSpec, type StageSpec } from './backbone-spec.js';
import { swapBatchAndChannels, type ForwardContext } from './forward-context.js';
import { activation, batchNorm, convolution, squeezeExcite, type Layer } from './layers.js';
import type { ParameterRegistry } from './parameter-registry.js';

export interface Feature {
  readonly value: Tensor4D;
  readonly layout: Layout;
}

export interface Backbone {
  /** Channels of the two features the model looks at: the fifth stage's and the last one's. */
  readonly localChannels: number;
  readonly globalChannels: number;
  /** Output of every stage; `images` are [batch, 3, height, width]. */
  forward(images: Tensor4D, context: ForwardContext): Feature[];
}

interface BlockSpec {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: 1 | 2;
  readonly expand: number;
  readonly eps: number;
  readonly padding: BackboneSpec['padding'];
  /** Whether the block's input is added to its output. */
  readonly hasSkip: boolean;
}

/** EfficientNetV2 trunk with timm's parameter names (`conv_stem`, `bn1`, `blocks.<stage>.<block>.…`). */
export function buildBackbone(registry: ParameterRegistry, spec: BackboneSpec): Backbone {
  const { batchNormEps: eps, padding } = spec;
  const stem = convolution(registry, 'conv_stem', {
    inChannels: 3,
    outChannels: spec.stemChannels,
    kernel: 3,
    stride: 2,
    padding,
    start: 'backbone',
  });
  const stemNorm = batchNorm(registry, 'bn1', spec.stemChannels, eps);
  let inChannels = spec.stemChannels;
  const stages = spec.stages.map((stage, s) => {
    const blocks = Array.from({ length: stage.repeats }, (_, b) => {
      const stride = b === 0 ? stage.stride : 1;
      const hasSkip = stride === 1 && inChannels === stage.outChannels;
      const block = buildBlock(registry.at(`blocks.${s}.${b}`), stage, {
        inChannels,
        outChannels: stage.outChannels,
        stride,
        expand: stage.expand,
        eps,
        padding,
        hasSkip,
      });
      inChannels = stage.outChannels;
      return block;
    });
    return { blocks, layout: layoutFrom(spec.stages, s) };
  });
  return {
    localChannels: spec.stages[spec.stages.length - 2]!.outChannels,
    globalChannels: spec.stages[spec.stages.length - 1]!.outChannels,
    forward(images, context) {
      let x = stem(images, context, 'NCHW');
      context.record('backbone.conv_stem', x);
      x = activation(stemNorm(x, context, 'NCHW'));
      context.record('backbone.bn1', x);
      let current: Layout = 'NCHW';
      return stages.map(({ blocks, layout: trainingLayout }, s) => {
        const layout = context.training ? trainingLayout : 'NCHW';
        if (layout !== current) x = swapBatchAndChannels(x);
        current = layout;
        blocks.forEach((block, b) => {
          x = block(x, context, layout);
          context.record(`backbone.blocks.${s}.${b}`, x, layout);
        });
        return { value: x, layout };
      });
    },
  };
}

/**
 * In training, channels come first from the first MBConv stage on: there the work is 1x1 convolutions
 * (docs/engine.md). Evaluation stays NCHW, which inference runtimes optimise.
 */
function layoutFrom(stages: readonly StageSpec[], index: number): Layout {
  return stages.slice(0, index + 1).some((stage) => stage.block === 'InvertedResidual') ? 'CNHW' : 'NCHW';
}

function buildBlock(registry: ParameterRegistry, stage: StageSpec, spec: BlockSpec): Layer {
  const body = BLOCKS[stage.block](registry, spec);
  return spec.hasSkip ? (x, context, layout) => add(body(x, context, layout), x) : body;
}

/**
 * The last batch norm of a block. Beside a skip its scale starts at zero, so that the block starts as the identity
 * (Goyal et al. 2017, https://arxiv.org/abs/1706.02677, section 5.1): from a random start the deep backbones learn in
 * a few epochs what they do not in ten without (docs/benchmarks.md).
 */
function lastNorm(registry: ParameterRegistry, name: string, { outChannels, eps, hasSkip }: BlockSpec): Layer {
  return batchNorm(registry, name, outChannels, eps, hasSkip ? 0 : 1);
}

const BLOCKS: Readonly<Record<StageSpec['block'], (registry: ParameterRegistry, spec: BlockSpec) => Layer>> = {
  ConvBnAct(registry, { inChannels, outChannels, stride, eps, padding }) {
    const conv = convolution(registry, 'conv', {
      inChannels,
      outChannels,
      kernel: 3,
      stride,
      padding,
      start: 'backbone',
    });
    const norm = batchNorm(registry, 'bn1', outChannels, eps);
    return (x, context, layout) => activation(norm(conv(x, context, layout), context, layout));
  },

  EdgeResidual(registry, spec) {
    const { inChannels, outChannels, stride, expand, eps, padding } = spec;
    const middle = expandedChannels(inChannels, expand);
    const widen = convolution(registry, 'conv_exp', {
      inChannels,
      outChannels: middle,
      kernel: 3,
      stride,
      padding,
      start: 'backbone',
    });
    const widenNorm = batchNorm(registry, 'bn1', middle, eps);
    const project = convolution(registry, 'conv_pwl', {
      inChannels: middle,
      outChannels,
      kernel: 1,
      start: 'backbone',
    });
    const projectNorm = lastNorm(registry, 'bn2', spec);
    return (x, context, layout) => {
      const wide = activation(widenNorm(widen(x, context, layout), context, layout));
      return projectNorm(project(wide, context, layout), context, layout);
    };
  },

  InvertedResidual(registry, spec) {
    const { inChannels, outChannels, stride, expand, eps, padding } = spec;
    const middle = expandedChannels(inChannels, expand);
    const widen = convolution(registry, 'conv_pw', { inChannels, outChannels: middle, kernel: 1, start: 'backbone' });
    const widenNorm = batchNorm(registry, 'bn1', middle, eps);
    const depthwise = convolution(registry, 'conv_dw', {
      inChannels: middle,
      outChannels: middle,
      kernel: 3,
      stride,
      depthwise: true,
      padding,
      start: 'backbone',
    });
    const depthwiseNorm = batchNorm(registry, 'bn2', middle, eps);
    const excite = squeezeExcite(registry.at('se'), middle, squeezedChannels(inChannels));
    const project = convolution(registry, 'conv_pwl', {
      inChannels: middle,
      outChannels,
      kernel: 1,
      start: 'backbone',
    });
    const projectNorm = lastNorm(registry, 'bn3', spec);
    return (x, context, layout) => {
      const wide = activation(widenNorm(widen(x, context, layout), context, layout));
      const filtered = activation(depthwiseNorm(depthwise(wide, context, layout), context, layout));
      return projectNorm(project(excite(filtered, context, layout), context, layout), context, layout);
    };
  },
};
