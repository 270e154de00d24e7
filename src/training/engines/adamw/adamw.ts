import { ADAMW_WAT } from './adamw-module.js';

export interface AdamWRange {
  /** First element and number of elements, both multiples of four, in all four planes. */
  readonly offset: number;
  readonly count: number;
}

export interface AdamWStep {
  readonly learningRate: number;
  readonly weightDecay: number;
  /** How many updates the range has had, this one included; from 1. */
  readonly stepCount: number;
  /** Gradients are multiplied by this before use (gradient clipping). */
  readonly gradientScale: number;
}

/** Four planes of equal length that AdamW works on, and what it can do with them. */
export interface AdamW {
  readonly kind: 'wasm-simd' | 'javascript';
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly firstMoments: Float32Array;
  readonly secondMoments: Float32Array;
  update(range: AdamWRange, step: AdamWStep): void;
  /** Sum of squares of the gradients of a range, in double precision. */
  gradientSumOfSquares(range: AdamWRange): number;
}

export const BETA_1 = 0.9;
export const BETA_2 = 0.999;
export const EPSILON = 1e-8;

const BYTES = 4;
const WASM_PAGE_BYTES = 65_536;
const WASM_MAX_PAGES = 65_536;

/**
 * AdamW planes for `length` elements (a multiple of four): SIMD WebAssembly where the planes fit its 4 GiB
 * of memory, plain JavaScript otherwise.
 */
export async function createAdamW(length: number): Promise<AdamW> {
  const pages = Math.ceil((4 * length * BYTES) / WASM_PAGE_BYTES) + 1;
  if (pages > WASM_MAX_PAGES || !simdIsSupported()) return createPlainAdamW(length);
  return createWasmAdamW(length, pages);
}

interface AdamWExports {
  adamw(
    p: number,
    g: number,
    m: number,
    v: number,
    count: number,
    gradScale: number,
    decay: number,
    beta1: number,
    beta2: number,
    stepSize: number,
    inverseRootCorrection: number,
    eps: number,
  ): void;
  sumOfSquares(g: number, count: number): number;
}

async function createWasmAdamW(length: number, pages: number): Promise<AdamW> {
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { instance } = await WebAssembly.instantiate(await assembledModule(), { env: { memory } });
  const wasm = instance.exports as unknown as AdamWExports;
  const plane = (index: number): Float32Array => new Float32Array(memory.buffer, index * length * BYTES, length);
  const at = (index: number, offset: number): number => (index * length + offset) * BYTES;
  return {
    kind: 'wasm-simd',
    parameters: plane(0),
    gradients: plane(1),
    firstMoments: plane(2),
    secondMoments: plane(3),
    update({ offset, count }, step) {
      const { decay, stepSize, inverseRootCorrection } = factors(step);
      wasm.adamw(
        at(0, offset),
        at(1, offset),
        at(2, offset),
        at(3, offset),
        count,
        step.gradientScale,
        decay,
        BETA_1,
        BETA_2,
        stepSize,
        inverseRootCorrection,
        EPSILON,
      );
    },
    gradientSumOfSquares(range) {
      const sum = wasm.sumOfSquares(at(1, range.offset), range.count);
      // Squares of finite gradients can be beyond single precision.
      return Number.isFinite(sum) ? sum : sumOfSquares(plane(1), range);
    },
  };
}

/** The same in plain JavaScript: the fallback, and the reference in tests. */
export function createPlainAdamW(length: number): AdamW {
  const planes = Array.from({ length: 4 }, () => new Float32Array(length));
  const [p, g, m, v] = planes as [Float32Array, Float32Array, Float32Array, Float32Array];
  return {
    kind: 'javascript',
    parameters: p,
    gradients: g,
    firstMoments: m,
    secondMoments: v,
    update({ offset, count }, step) {
      const { decay, stepSize, inverseRootCorrection } = factors(step);
      for (let i = offset; i < offset + count; i++) {
        const gradient = g[i]! * step.gradientScale;
        m[i]! += (gradient - m[i]!) * (1 - BETA_1);
        v[i] = v[i]! * BETA_2 + gradient * gradient * (1 - BETA_2);
        p[i] = p[i]! * decay - (stepSize * m[i]!) / (Math.sqrt(v[i]!) * inverseRootCorrection + EPSILON);
      }
    },
    gradientSumOfSquares: (range) => sumOfSquares(g, range),
  };
}

function sumOfSquares(values: Float32Array, { offset, count }: AdamWRange): number {
  let sum = 0;
  for (let i = offset; i < offset + count; i++) sum += values[i]! ** 2;
  return sum;
}

/** What AdamW multiplies by in one step, bias correction included. */
export function factors({
  learningRate,
  weightDecay,
  stepCount,
}: Pick<AdamWStep, 'learningRate' | 'weightDecay' | 'stepCount'>): {
  decay: number;
  stepSize: number;
  inverseRootCorrection: number;
} {
  return {
    decay: 1 - learningRate * weightDecay,
    stepSize: learningRate / (1 - BETA_1 ** stepCount),
    inverseRootCorrection: 1 / Math.sqrt(1 - BETA_2 ** stepCount),
  };
}

let assembled: Promise<Uint8Array<ArrayBuffer>> | undefined;

function assembledModule(): Promise<Uint8Array<ArrayBuffer>> {
  return (assembled ??= assemble());
}

async function assemble(): Promise<Uint8Array<ArrayBuffer>> {
  const { default: loadWabt } = await import('wabt');
  const wabt = await loadWabt();
  const module = wabt.parseWat('adamw.wat', ADAMW_WAT, { simd: true });
  try {
    return Uint8Array.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

/** Validates a one-instruction SIMD module: i32.const 0, i8x16.splat, drop. */
function simdIsSupported(): boolean {
  return WebAssembly.validate(
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 65, 0, 253, 15, 26, 11),
  );
}
