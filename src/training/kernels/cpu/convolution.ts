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

/** A run of products along one output row: input advances by the stride, output by one, the weight stays. */
type VisitRun = (input: number, weight: number, output: number, count: number) => void;

/** Calls `visit` for every run of products of input elements, one weight element and output elements. */
function forEachRun(attributes: ConvolutionAttributes, visit: VisitRun): void {
  const { stride, padding, layout, groups, inputShape, weightShape } = attributes;
  const input = activationSizes(inputShape, layout);
  const output = activationSizes(convolutionOutputShape(attributes), layout);
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
            const weight = ((o * channelsInGroup + i) * kernelHeight + ky) * kernelWidth + kx;
            const xFirst = Math.max(0, Math.ceil((padding.left - kx) / stride));
            const xLast = Math.min(output.width - 1, Math.floor((input.width - 1 + padding.left - kx) / stride));
            for (let y = 0; y < output.height; y++) {
              const inputY = y * stride + ky - padding.top;
              if (inputY < 0 || inputY >= input.height || xLast < xFirst) continue;
              const inputStart = inputPlane + inputY * input.width + xFirst * stride + kx - padding.left;
              visit(inputStart, weight, outputPlane + y * output.width + xFirst, xLast - xFirst + 1);
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
  const { stride } = attributes;
  forEachRun(attributes, (i, w, o, count) => {
    const factor = weight[w]!;
    for (let step = 0; step < count; step++) sums[o + step]! += x[i + step * stride]! * factor;
  });
  return [{ shape, data: Float32Array.from(sums) }];
});

registerCpuKernel(CONVOLUTION_INPUT_GRADIENT, (input, attrs) => {
  const attributes = convolutionAttributes(attrs);
  const [dy, weight] = [input('dy').data, input('weight').data];
  const sums = new Float64Array(elementCount(attributes.inputShape));
  const { stride } = attributes;
  forEachRun(attributes, (i, w, o, count) => {
    const factor = weight[w]!;
    for (let step = 0; step < count; step++) sums[i + step * stride]! += dy[o + step]! * factor;
  });
  return [{ shape: attributes.inputShape, data: Float32Array.from(sums) }];
});

registerCpuKernel(CONVOLUTION_WEIGHT_GRADIENT, (input, attrs) => {
  const attributes = convolutionAttributes(attrs);
  const [x, dy] = [input('x').data, input('dy').data];
  const sums = new Float64Array(elementCount(attributes.weightShape));
  const { stride } = attributes;
  forEachRun(attributes, (i, w, o, count) => {
    let sum = 0;
    for (let step = 0; step < count; step++) sum += x[i + step * stride]! * dy[o + step]!;
    sums[w]! += sum;
  });
  return [{ shape: attributes.weightShape, data: Float32Array.from(sums) }];
});
