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

export const NO_PADDING: Padding = { top: 0, right: 0, bottom: 0, left: 0 };

/** The same padding on all four sides, as PyTorch's `padding=pixels`. */
export function symmetricPadding(pixels: number): Padding {
  return { top: pixels, right: pixels, bottom: pixels, left: pixels };
}

/** TensorFlow's SAME padding: the output is ceil(size / stride), the odd pixel goes right and below. */
export function samePadding(height: number, width: number, kernelSize: number, stride: number): Padding {
  const total = (size: number): number => Math.max((Math.ceil(size / stride) - 1) * stride + kernelSize - size, 0);
  const [vertical, horizontal] = [total(height), total(width)];
  const [top, left] = [Math.floor(vertical / 2), Math.floor(horizontal / 2)];
  return { top, left, bottom: vertical - top, right: horizontal - left };
}

/** Sizes of a four-dimensional activation, whatever its layout. */
export interface ActivationSizes {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

export function activationSizes(shape: readonly number[], layout: Layout): ActivationSizes {
  if (shape.length !== 4) throw new RangeError(`expected a 4-dimensional activation, got [${shape.join(', ')}]`);
  const [first, second, height, width] = shape as [number, number, number, number];
  return layout === 'NCHW'
    ? { batch: first, channels: second, height, width }
    : { batch: second, channels: first, height, width };
}

export function activationShape(sizes: ActivationSizes, layout: Layout): [number, number, number, number] {
  const { batch, channels, height, width } = sizes;
  return layout === 'NCHW' ? [batch, channels, height, width] : [channels, batch, height, width];
}
