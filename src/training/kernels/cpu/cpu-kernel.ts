import { registerKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core';

/** The two members of tfjs' CPU backend that the plain kernels use. */
interface CpuBackend {
  readonly data: { get(dataId: object): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Registers a float32 kernel of plain arrays on the tfjs `cpu` backend. */
export function registerCpuKernel(
  kernelName: string,
  compute: (input: (name: string) => Values, attributes: NamedAttrMap | undefined) => readonly Values[],
): void {
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const cpu = backend as CpuBackend;
      const input = (name: string): Values => {
        const info = inputs[name]!;
        return { shape: info.shape, data: cpu.data.get(info.dataId).values };
      };
      const outputs = compute(input, attrs).map(({ shape, data }) => cpu.makeTensorInfo([...shape], 'float32', data));
      return outputs.length === 1 ? outputs[0]! : outputs;
    },
  });
}
