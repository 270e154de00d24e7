/**
 * Polarline's own tfjs kernels with their gradients, beside stock tfjs operations. Each has a plain
 * implementation on the tfjs `cpu` backend (the reference in tests) and a lowering to ONNX.
 *
 * Layouts: `NCHW` is [batch, channels, height, width], `CNHW` is [channels, batch, height, width]; in
 * the latter a 1x1 convolution is one matrix product (docs/engine.md).
 */
export type Layout = 'NCHW' | 'CNHW';

/** Zero padding in pixels; PyTorch's symmetric padding and TensorFlow's SAME both fit. */
export interface Padding {
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
}
