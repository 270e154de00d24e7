import { CONVOLUTION, CONVOLUTION_INPUT_GRADIENT } from '../../kernels/index.js';
import { convAttributes, convolutionShape, flipped, type ConvolutionShape } from './convolution-parts.js';
import type { LoweringContext, LoweringRule, LoweringRules } from './lowering.js';
import { NCHWC_DOMAIN } from './onnx-builder.js';

/**
 * Dense convolutions larger than 1x1 in ONNX Runtime's blocked layout, where both channel counts are
 * multiples of its block: a direct convolution instead of a gathered matrix product (3x3, 192 to 48
 * channels at 32 px: 124 against 79 GFLOP/s). `plain` takes what does not fit.
 */
export function nchwcDenseRules(plain: LoweringRules, blockSize: number): Readonly<Record<string, LoweringRule>> {
  const fits = ({ isPointwise, groups, layout, outChannels, channelsInGroup }: ConvolutionShape): boolean =>
    !isPointwise &&
    groups === 1 &&
    layout === 'NCHW' &&
    outChannels % blockSize === 0 &&
    channelsInGroup % blockSize === 0;
  return {
    [CONVOLUTION]: (node, context) => {
      const shape = convolutionShape(node);
      if (!fits(shape)) return plain.get(CONVOLUTION)!(node, context);
      const { builder, name } = context;
      // Blocks of output channels, blocks of input channels, kernel, input channel, output channel.
      const kernels = blockedKernels(name(node.inputs['weight']!), shape, blockSize, [0, 2, 4, 5, 3, 1], context);
      const blocked = builder.op('Conv', [reordered(name(node.inputs['x']!), context), kernels], {
        domain: NCHWC_DOMAIN,
        attributes: convAttributes(shape),
      });
      return [inOrder(blocked, shape.outChannels, context)];
    },

    [CONVOLUTION_INPUT_GRADIENT]: (node, context) => {
      const shape = convolutionShape(node);
      if (!fits(shape) || shape.stride !== 1) return plain.get(CONVOLUTION_INPUT_GRADIENT)!(node, context);
      const { builder, name } = context;
      const { kernelHeight, kernelWidth, padding, channelsInGroup } = shape;
      const turned = flipped(builder, name(node.inputs['weight']!), kernelHeight, kernelWidth);
      const kernels = blockedKernels(turned, shape, blockSize, [2, 0, 4, 5, 1, 3], context);
      const pads = [
        kernelHeight - 1 - padding.top,
        kernelWidth - 1 - padding.left,
        kernelHeight - 1 - padding.bottom,
        kernelWidth - 1 - padding.right,
      ];
      const blocked = builder.op('Conv', [reordered(name(node.inputs['dy']!), context), kernels], {
        domain: NCHWC_DOMAIN,
        attributes: { kernel_shape: { ints: [kernelHeight, kernelWidth] }, pads: { ints: pads }, group: { int: 1 } },
      });
      return [inOrder(blocked, channelsInGroup, context)];
    },
  };
}

/** Weights [out, in, h, w] split into blocks of channels and put in the order of `perm`. */
function blockedKernels(
  weight: string,
  { outChannels, channelsInGroup, kernelHeight, kernelWidth, weightShape }: ConvolutionShape,
  blockSize: number,
  perm: readonly number[],
  { builder }: LoweringContext,
): string {
  const blocks = [
    outChannels / blockSize,
    blockSize,
    channelsInGroup / blockSize,
    blockSize,
    kernelHeight,
    kernelWidth,
  ];
  const ordered = builder.transpose(builder.reshape(weight, weightShape, blocks), perm);
  const [out, into] = perm[0] === 0 ? [outChannels, channelsInGroup] : [channelsInGroup, outChannels];
  return builder.reshape(
    ordered,
    perm.map((axis) => blocks[axis]!),
    [out, into, kernelHeight, kernelWidth],
  );
}

function reordered(x: string, { builder }: LoweringContext): string {
  return builder.shared('ReorderInput', [x], { domain: NCHWC_DOMAIN });
}

function inOrder(blocked: string, channels: number, { builder }: LoweringContext): string {
  return builder.op('ReorderOutput', [blocked], {
    domain: NCHWC_DOMAIN,
    attributes: { channels: { int: channels } },
  });
}
