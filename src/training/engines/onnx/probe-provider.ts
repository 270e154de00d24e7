import { existsSync } from 'node:fs';
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { errorMessage } from '../../../common/index.js';
import type { EngineProbe } from '../engine.js';
import { OnnxBuilder } from '../lowering/onnx-builder.js';
import { encodeOnnx } from '../onnx-file/encode.js';
import type { ExecutionProvider } from './runtime-session.js';

const FATAL_ONLY = 4;

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
