import './stock-gradients.js';
import './cpu/batch-norm.js';
import './cpu/convolution.js';
import './cpu/silu.js';

export {
  activationShape,
  activationSizes,
  NO_PADDING,
  samePadding,
  symmetricPadding,
  type ActivationSizes,
  type Layout,
  type Padding,
} from './kernels.js';
export {
  BATCH_NORM,
  BATCH_NORM_GRADIENT,
  batchNormAttributes,
  batchNormTrain,
  channelAxis,
  type BatchNormAttributes,
  type BatchNormOptions,
  type BatchNormResult,
} from './batch-norm.js';
export {
  conv2d,
  CONVOLUTION,
  CONVOLUTION_INPUT_GRADIENT,
  CONVOLUTION_WEIGHT_GRADIENT,
  convolutionAttributes,
  convolutionOutputShape,
  depthwiseConv2d,
  type ConvolutionAttributes,
  type ConvolutionOptions,
} from './convolution.js';
export { registerComposedKernels } from './composed-kernels.js';
export { silu, SILU, SILU_GRADIENT } from './silu.js';
