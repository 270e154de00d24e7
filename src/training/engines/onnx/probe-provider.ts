import { existsSync } from 'node:fs';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { errorMessage } from '../../../common/index.js';
import type { EngineProbe } from '../engine.js';
import { OnnxBuilder } from '../lowering/onnx-builder.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import type { ExecutionProvider } from './runtime-session.js';

const FATAL_ONLY = 4;
/** TensorProto.DataType. */
const [FLOAT, FLOAT16] = [1, 10];

const HOW_TO_INSTALL: Readonly<Record<Exclude<ExecutionProvider, 'cpu'>, string>> = {
  cuda:
    'needs an NVIDIA driver, CUDA 12 and cuDNN 9, and ONNX Runtime’s CUDA libraries: ' +
    'run `npm install onnxruntime-node --onnxruntime-node-install=cuda12` (Linux x64)',
  webgpu: 'needs a graphics processor with a Vulkan, Metal or Direct3D 12 driver',
  dml: 'is part of Windows 10 and 11 only; there it needs a DirectX 12 graphics processor',
};

/** What to say of a provider that was not tried because no device is visible. */
export function withoutDevice(provider: Exclude<ExecutionProvider, 'cpu'>): EngineProbe {
  return {
    available: false,
    detail: `${provider} was not tried: no device for it is visible; it ${HOW_TO_INSTALL[provider]}`,
  };
}

/** Tries an execution provider with a one-node model and says what came of it. */
export async function probeProvider(provider: ExecutionProvider): Promise<EngineProbe> {
  if (provider === 'cpu') return { available: true, detail: 'ONNX Runtime on the processor, installed with Polarline' };
  const missing = (reason: string): EngineProbe => ({
    available: false,
    detail: `${provider} is not available (${reason}); it ${HOW_TO_INSTALL[provider]}`,
  });
  if (!listSupportedBackends().some(({ name }) => name === provider))
    return missing(`this build of ONNX Runtime for ${process.platform} ${process.arch} does not know it`);
  try {
    const sum = await runOneNode(provider);
    return sum === 3
      ? { available: true, detail: `ONNX Runtime on ${provider}` }
      : missing(`it computed 1 + 2 = ${sum}`);
  } catch (error) {
    return missing(firstLine(errorMessage(error)));
  }
}

/** Whether a WebGPU adapter computes in half precision (`shader-f16`), and if not, what it said. */
export async function probeHalfPrecision(): Promise<{ readonly works: boolean; readonly reason: string }> {
  const builder = new OnnxBuilder();
  const half = builder.op('Cast', ['x'], { attributes: { to: { int: FLOAT16 } } });
  const product = builder.op('Cast', [builder.op('Mul', [half, half])], { attributes: { to: { int: FLOAT } } });
  const type = { type: 'float32', shape: [4] } as const;
  const model = builder.finish([{ name: 'x', ...type }], [{ name: product, ...type }]);
  try {
    const session = await InferenceSession.create(encodeOnnx(model), {
      executionProviders: ['webgpu'],
      graphOptimizationLevel: 'disabled',
      logSeverityLevel: FATAL_ONLY,
      extra: { session: { disable_cpu_ep_fallback: '1' } },
    });
    try {
      const results = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4), [4]) });
      const works = (results[product]!.data as Float32Array).join() === '1,4,9,16';
      return { works, reason: works ? '' : 'it computed wrong squares' };
    } finally {
      await session.release();
    }
  } catch (error) {
    const message = errorMessage(error);
    return { works: false, reason: /requires f16/.test(message) ? 'it has no shader-f16' : firstLine(message) };
  }
}

async function runOneNode(provider: ExecutionProvider): Promise<number> {
  const builder = new OnnxBuilder();
  const sum = builder.op('Add', ['x', builder.float(2)]);
  const model = builder.finish(
    [{ name: 'x', type: 'float32', shape: [1] }],
    [{ name: sum, type: 'float32', shape: [1] }],
  );
  const session = await InferenceSession.create(encodeOnnx(model), {
    executionProviders: [provider],
    logSeverityLevel: FATAL_ONLY,
  });
  try {
    const result = await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) });
    return (result[sum]!.data as Float32Array)[0]!;
  } finally {
    await session.release();
  }
}

/**
 * Whether the machine shows a device that a provider could use. `auto` asks this first, so that a box
 * without a graphics processor neither loads drivers nor picks a software adapter.
 */
export function deviceIsVisible(provider: Exclude<ExecutionProvider, 'cpu'>): boolean {
  const hasNvidia = existsSync('/dev/nvidia0');
  switch (provider) {
    case 'cuda':
      return process.platform === 'linux' ? hasNvidia : process.platform === 'win32';
    case 'webgpu':
      return process.platform !== 'linux' || hasNvidia || existsSync('/dev/dri/renderD128');
    case 'dml':
      return process.platform === 'win32';
  }
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? text).slice(0, 300);
}
