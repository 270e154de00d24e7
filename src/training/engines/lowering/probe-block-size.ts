import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeOnnx } from '../onnx-file/encode.js';
import { NCHWC_DOMAIN, OnnxBuilder } from './onnx-builder.js';

const CHANNELS = 64;

/**
 * The block size of ONNX Runtime's internal layout on this processor (16 with AVX-512, else 8 on x64), or
 * null where it has none: reorders a tiny numbered tensor and looks where its second pixel went.
 */
export async function probeBlockSize(): Promise<number | null> {
  // Elsewhere the layout's kernels have not been seen working; the plain lowering is right everywhere.
  if (process.arch !== 'x64') return null;
  const builder = new OnnxBuilder();
  const reordered = builder.op('ReorderInput', ['x'], { domain: NCHWC_DOMAIN });
  const shape = [1, CHANNELS, 1, 2];
  const model = builder.finish([{ name: 'x', type: 'float32', shape }], [{ name: reordered, type: 'float32', shape }]);
  try {
    const session = await InferenceSession.create(encodeOnnx(model), { logSeverityLevel: 4 });
    const numbered = Float32Array.from({ length: CHANNELS * 2 }, (_, i) => i);
    const result = await session.run({ x: new Tensor('float32', numbered, shape) });
    await session.release();
    // Element 1 is channel 0, pixel 1: it comes right after the block of channels of pixel 0.
    const blockSize = (result[reordered]!.data as Float32Array).indexOf(1);
    return blockSize > 1 && CHANNELS % blockSize === 0 ? blockSize : null;
  } catch {
    // Another build of ONNX Runtime without the internal domain.
    return null;
  }
}
