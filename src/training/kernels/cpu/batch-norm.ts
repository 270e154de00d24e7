import {
  BATCH_NORM,
  BATCH_NORM_GRADIENT,
  batchNormAttributes,
  channelAxis,
  type BatchNormAttributes,
} from '../batch-norm.js';
import { registerCpuKernel, type Values } from './cpu-kernel.js';

interface Walk {
  readonly channels: number;
  /** Elements of one channel. */
  readonly count: number;
  readonly forEach: (visit: (channel: number, index: number) => void) => void;
}

/** Walks x channel by channel, whatever its layout and rank. */
function walkChannels(x: Values, { layout }: BatchNormAttributes): Walk {
  const axis = channelAxis(layout);
  const channels = x.shape[axis]!;
  const outer = axis === 0 ? 1 : x.shape[0]!;
  const inner = x.data.length / (outer * channels);
  return {
    channels,
    count: outer * inner,
    forEach: (visit) => {
      for (let o = 0; o < outer; o++)
        for (let c = 0; c < channels; c++) for (let i = 0; i < inner; i++) visit(c, (o * channels + c) * inner + i);
    },
  };
}

registerCpuKernel(BATCH_NORM, (input, attrs) => {
  const attributes = batchNormAttributes(attrs);
  const [x, gamma, beta] = [input('x'), input('gamma').data, input('beta').data];
  const { channels, count, forEach } = walkChannels(x, attributes);
  const mean = new Float64Array(channels);
  forEach((c, i) => (mean[c]! += x.data[i]! / count));
  const variance = new Float64Array(channels);
  forEach((c, i) => (variance[c]! += (x.data[i]! - mean[c]!) ** 2 / count));
  const y = new Float32Array(x.data.length);
  forEach((c, i) => {
    y[i] = ((x.data[i]! - mean[c]!) / Math.sqrt(variance[c]! + attributes.eps)) * gamma[c]! + beta[c]!;
  });
  return [
    { shape: x.shape, data: y },
    { shape: [channels], data: Float32Array.from(mean) },
    { shape: [channels], data: Float32Array.from(variance) },
  ];
});

registerCpuKernel(BATCH_NORM_GRADIENT, (input, attrs) => {
  const attributes = batchNormAttributes(attrs);
  const x = input('x');
  const [dy, gamma, mean, variance] = ['dy', 'gamma', 'mean', 'variance'].map((name) => input(name).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { channels, count, forEach } = walkChannels(x, attributes);
  const inverseStd = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + attributes.eps));
  const normalised = (c: number, i: number): number => (x.data[i]! - mean[c]!) * inverseStd[c]!;
  const [dGamma, dBeta] = [new Float64Array(channels), new Float64Array(channels)];
  forEach((c, i) => {
    dGamma[c]! += dy[i]! * normalised(c, i);
    dBeta[c]! += dy[i]!;
  });
  const dx = new Float32Array(x.data.length);
  forEach((c, i) => {
    const centred = dy[i]! - dBeta[c]! / count - (normalised(c, i) * dGamma[c]!) / count;
    dx[i] = gamma[c]! * inverseStd[c]! * centred;
  });
  return [
    { shape: x.shape, data: dx },
    { shape: [channels], data: Float32Array.from(dGamma) },
    { shape: [channels], data: Float32Array.from(dBeta) },
  ];
});
