import { backend, getKernel, setBackend } from '@tensorflow/tfjs-core';
import { AppError, errorMessage } from '../../../common/index.js';
import { CONVOLUTION, registerComposedKernels } from '../../kernels/index.js';
import { buildLoss } from '../../losses/index.js';
import { buildModel } from '../../models/index.js';
import type { Engine, EngineProbe, SessionSpec, TrainingSession } from '../engine.js';
import { EagerTrainingSession } from './eager-training-session.js';

const BACKEND = 'tensorflow';
/** Tried in this order; both register the backend `tensorflow`. */
const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
}

interface Loaded {
  readonly packageName: string;
  readonly usesGpu: boolean;
}

/** Training on TensorFlow's native library, where the user has installed one of its Node packages. */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  private loading: Promise<Loaded> | undefined;

  async probe(): Promise<EngineProbe> {
    try {
      const { packageName, usesGpu } = await this.load();
      return { available: true, detail: `${packageName} on ${usesGpu ? 'a CUDA device' : 'the processor'}` };
    } catch (error) {
      return { available: false, detail: errorMessage(error) };
    }
  }

  /** True when the installed package drives a CUDA device. */
  async usesGpu(): Promise<boolean> {
    try {
      return (await this.load()).usesGpu;
    } catch {
      return false;
    }
  }

  async createSession(spec: SessionSpec): Promise<TrainingSession> {
    await this.load();
    const model = buildModel(spec.model);
    const loss = buildLoss(spec.loss, spec.classCount, model.embeddingSize);
    return EagerTrainingSession.create({ model, loss }, spec, BACKEND);
  }

  private load(): Promise<Loaded> {
    return (this.loading ??= loadNativeBackend());
  }
}

async function loadNativeBackend(): Promise<Loaded> {
  const failures: string[] = [];
  for (const packageName of PACKAGES) {
    try {
      await import(packageName);
      if (!(await setBackend(BACKEND))) throw new Error('its backend did not start');
      if (!getKernel(CONVOLUTION, BACKEND)) registerComposedKernels(BACKEND);
      return { packageName, usesGpu: (backend() as NativeBackend).isUsingGpuDevice === true };
    } catch (error) {
      if (!isAbsent(packageName, error))
        failures.push(`${packageName} is there, but: ${errorMessage(error).split('\n')[0]!.slice(0, 160)}`);
    }
  }
  throw new AppError(
    'badInput',
    'ENGINE_UNAVAILABLE',
    [
      'The engine tensorflow needs one of TensorFlow’s Node packages: run `npm install @tensorflow/tfjs-node-gpu@4.22.0` ' +
        '(NVIDIA, Linux) or `npm install @tensorflow/tfjs-node@4.22.0`',
      ...failures,
    ].join('. '),
  );
}

/** The package itself is not installed, which needs no words of its own; not so a part of it that is missing. */
function isAbsent(packageName: string, error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return (
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && errorMessage(error).includes(`'${packageName}'`)
  );
}
