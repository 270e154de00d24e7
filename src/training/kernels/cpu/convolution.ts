import {
  CONVOLUTION,
  CONVOLUTION_INPUT_GRADIENT,
  CONVOLUTION_WEIGHT_GRADIENT,
  convolutionAttributes,
  convolutionOutputShape,
  type ConvolutionAttributes,
} from '../convolution.js';
import { activationSizes } from '../kernels.js';
import { registerCpuKernel } from './cpu-kernel.js';

/** Calls `visit` for every (input element, weight element, output element) that meet in a product. */
function forEachProduct(
  attributes: ConvolutionAttributes,
  visit: (inputIndex: number, weightIndex: number, outputIndex: number) => void,
): void {
  const { stride, padding, layout, groups, inputShape, weightShape } = attributes;
  const outputShape = convolutionOutputShape(attributes);
  const input = activationSizes(inputShape, layout);
  const output = activationSizes(outputShape, layout);
  const [outChannels, channelsInGroup, kernelHeight, kernelWidth] = weightShape as [number, number, number, number];
  const outChannelsInGroup = outChannels / groups;
  const planeAt = (sizes: typeof input, n: number, c: number): number =>
    (layout === 'NCHW' ? n * sizes.channels + c : c * sizes.batch + n) * sizes.height * sizes.width;

  for (let n = 0; n < input.batch; n++)
    for (let o = 0; o < outChannels; o++) {
      const outputPlane = planeAt(output, n, o);
      const firstChannel = Math.floor(o / outChannelsInGroup) * channelsInGroup;
      for (let i = 0; i < channelsInGroup; i++) {
        const inputPlane = planeAt(input, n, firstChannel + i);
        for (let ky = 0; ky < kernelHeight; ky++)
          for (let kx = 0; kx < kernelWidth; kx++) {
            const weightIndex = ((o * channelsInGroup + i) * kernelHeight + ky) * kernelWidth + kx;
            for (let y = 0; y < output.height; y++) {
              const inputY = y * stride + ky - padding.top;
              if (inputY < 0 || inputY >= input.height) continue;
              for (let x = 0; x < output.width; x++) {
                const inputX = x * stride + kx - padding.left;
                if (inputX < 0 || inputX >= input.width) continue;
                visit(inputPlane + inputY * input.width + inputX, weightIndex, outputPlane + y * output.width + x);
              }
            }
          }
      }
    }
}

const elementCount = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

registerCpuKernel(CONVOLUTION, (input, attrs) => {
  const attributes = convolutionAttributes(attrs);
  const [x, weight] = [input('x').data, input('weight').data];
  const shape = convolutionOutputShape(attributes);
  const sums = new Float64Array(elementCount(shape));
  forEachProduct(attributes, (i, w, o) => (sums[o]! += x[i]! * weight[w]!));
  return [{ shape, data: Float32Array.from(sums) }];
});

registerCpuKernel(CONVOLUTION_INPUT_GRADIENT, (input, attrs) => {
  const attributes = convolutionAttributes(attrs);
  const [dy, weight] = [input('dy').data, input('weight').data];
  const sums = new Float64Array(elementCount(attributes.inputShape));
  forEachProduct(attributes, (i, w, o) => (sums[i]! += dy[o]! * weight[w]!));
  return [{ shape: attributes.inputShape, data: Float32Array.from(sums) }];
});

registerCpuKernel(CONVOLUTION_WEIGHT_GRADIENT, (input, attrs) => {
  const attributes = convolutionAttributes(attrs);
  const [x, dy] = [input('x').data, input('dy').data];
  const sums = new Float64Array(elementCount(attributes.weightShape));
  forEachProduct(attributes, (i, w, o) => (sums[w]! += x[i]! * dy[o]!));
  return [{ shape: attributes.weightShape, data: Float32Array.from(sums) }];
});
