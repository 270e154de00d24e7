import { availableParallelism, loadavg } from 'node:os';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AppError, errorMessage } from '../../../common/index.js';

export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu' | 'dml';

export interface RuntimeOptions {
  readonly executionProvider: ExecutionProvider;
  /** 0 takes all cores. */
  readonly threads: number;
  /**
   * `none` for training graphs: they arrive as they should run, and optimising takes seconds for nothing.
   * `all` for inference with constant weights: ONNX Runtime then uses its blocked layouts.
   */
  readonly optimisation: 'none' | 'all';
  /** Outputs that stay on the device, as tensors to be fed to the next run; needs `webgpu`. */
  readonly outputsOnDevice?: readonly string[];
  /** Refuse a model of which a node would run on the processor. */
  readonly everyNodeOnDevice?: boolean;
}

const LOG_ERRORS_ONLY = 3;

/** Creates an ONNX Runtime session; failures name the execution provider. */
export async function createRuntimeSession(
  model: Uint8Array | string,
  { executionProvider, threads, optimisation, outputsOnDevice = [], everyNodeOnDevice = false }: RuntimeOptions,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads === 0 ? availableParallelism() : threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: optimisation === 'all' ? 'all' : 'disabled',
    enableCpuMemArena: true,
    // A second run would allocate one block of the planned size beside the arena's own blocks.
    enableMemPattern: false,
    logSeverityLevel: LOG_ERRORS_ONLY,
    ...(outputsOnDevice.length > 0
      ? { preferredOutputLocation: Object.fromEntries(outputsOnDevice.map((name) => [name, 'gpu-buffer' as const])) }
      : {}),
    extra: {
      session: {
        intra_op: { allow_spinning: machineIsBusy() ? '0' : '1' },
        ...(everyNodeOnDevice ? { disable_cpu_ep_fallback: '1' } : {}),
      },
    },
  };
  try {
    // The binding has one overload for paths and one for bytes.
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options);
  } catch (error) {
    throw explained(error, `ONNX Runtime could not load the model on ${executionProvider}`);
  }
}

/**
 * Threads that spin between operators make a step a fifth faster on a machine of its own (tiny 64 px: 144 against
 * 182 ms), and twice as slow where others want the same cores (714 against 355 ms at five times the load).
 */
function machineIsBusy(): boolean {
  return loadavg()[0]! > 1.5 * availableParallelism();
}

/** Runs a session; the results are in new tensors. */
export async function runSession(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
): Promise<InferenceSession.OnnxValueMapType> {
  try {
    return await session.run(feeds);
  } catch (error) {
    throw explained(error, 'ONNX Runtime failed while running the model');
  }
}

/** What Dawn, Vulkan, Direct3D and CUDA say when a device was reset, taken away or took too long. */
const DEVICE_LOST =
  /device\]? (is|was) lost|device[_ ]lost|DXGI_ERROR_DEVICE|device removed|unspecified launch failure/i;
/** A WebGPU buffer that could not be had shows up where it is first bound. */
const OUT_OF_MEMORY =
  /alloc|out of memory|OUT_OF_(DEVICE|HOST)_MEMORY|\[Invalid Buffer|too many storage buffers in shader/i;

/** Names what went wrong on the way through ONNX Runtime, and which setting to lower. */
export function explained(error: unknown, what: string): AppError {
  const message = errorMessage(error);
  if (DEVICE_LOST.test(message))
    return new AppError(
      'unavailable',
      'DEVICE_LOST',
      `${what}: the graphics processor was lost: its driver was reset, it was taken away, or a step took it too long ` +
        `(${message.trim()}). A new process continues from the last checkpoint. Should it happen again, lower ` +
        'training.batchSize or data.imageSizePx, or train on the processor (training.onDeviceLost: cpu, or ' +
        'training.executionProvider: cpu).',
      {},
      { cause: error },
    );
  if (OUT_OF_MEMORY.test(message))
    return new AppError(
      'unavailable',
      'OUT_OF_MEMORY',
      `${what}: not enough memory (${message.trim()}). Lower training.batchSize or data.imageSizePx, or choose a smaller model.backbone.`,
      {},
      { cause: error },
    );
  return new AppError('internal', 'ONNX_RUNTIME', `${what}: ${message}`, {}, { cause: error });
}
