import { SILU, SILU_GRADIENT } from '../silu.js';
import { registerCpuKernel } from './cpu-kernel.js';

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

registerCpuKernel(SILU, (input) => {
  const x = input('x');
  return [{ shape: x.shape, data: x.data.map((value) => value * sigmoid(value)) }];
});

registerCpuKernel(SILU_GRADIENT, (input) => {
  const [x, dy] = [input('x'), input('dy').data];
  const gradient = x.data.map((value, i) => {
    const s = sigmoid(value);
    return dy[i]! * s * (1 + value * (1 - s));
  });
  return [{ shape: x.shape, data: gradient }];
});
