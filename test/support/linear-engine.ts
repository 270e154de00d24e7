import { Random } from '../../src/common/index.js';
import type { Embedder } from '../../src/training/embedder.js';
import type {
  Engine,
  NamedTensors,
  SessionSpec,
  StepHyperparameters,
  StepResult,
  TrainingSession,
  TrainingState,
} from '../../src/training/engines/engine.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/training/weights/index.js';

const GRID = 4;
const FEATURES = GRID * GRID;
const MOMENTUM = 0.1;

/**
 * A small training engine written out by hand, for tests of the trainer alone: average brightness on a 4 x 4 grid,
 * less its running mean, times one matrix, under softmax cross-entropy and AdamW. It learns, it has parameters,
 * moments and running statistics like any model, and a step takes microseconds.
 */
export const linearEngine: Engine = {
  name: 'linear',
  probe: () => Promise.resolve({ available: true, detail: 'written out by hand' }),
  createSession: (spec) => Promise.resolve(new LinearSession(spec)),
};

/** Runs what `LinearSession.exportOnnx` wrote. */
export function linearEmbedder(bytes: Uint8Array, imageSizePx: number): Promise<Embedder> {
  const { tensors } = decodeSafetensors(bytes, 'linear model');
  const weights = tensors.get('model.weight')!;
  const mean = tensors.get('model.bn.running_mean')!.data;
  const embeddingSize = weights.shape[1]!;
  return Promise.resolve({
    embeddingSize,
    imageSizePx,
    embed: (images, count) => {
      const raw = project(features(images, count), mean, weights.data, embeddingSize);
      for (let row = 0; row < count; row++) {
        const part = raw.subarray(row * embeddingSize, (row + 1) * embeddingSize);
        const norm = Math.hypot(...part);
        part.forEach((value, i) => (part[i] = value / norm));
      }
      return Promise.resolve(raw);
    },
    dispose: () => Promise.resolve(),
  });
}

class LinearSession implements TrainingSession {
  private state: TrainingState;

  constructor(private readonly spec: SessionSpec) {
    const random = new Random(spec.seed);
    const matrix = (rows: number, columns: number): NamedTensors extends Map<string, infer T> ? T : never => ({
      shape: [rows, columns],
      data: Float32Array.from({ length: rows * columns }, () => random.normal() * 0.3),
    });
    const parameters: NamedTensors = new Map([
      ['model.weight', matrix(FEATURES, spec.model.embeddingSize)],
      ['criterion.W', matrix(spec.model.embeddingSize, spec.classCount)],
    ]);
    const buffers: NamedTensors = new Map([
      ['model.bn.running_mean', { shape: [FEATURES], data: new Float32Array(FEATURES) }],
    ]);
    this.state = {
      parameters,
      buffers,
      firstMoments: zerosLike(parameters),
      secondMoments: zerosLike(parameters),
      stepCounts: { backbone: 0, head: 0 },
    };
  }

  step(images: Float32Array, labels: Int32Array, hyper: StepHyperparameters): Promise<StepResult> {
    const { embeddingSize } = this.spec.model;
    const { classCount } = this.spec;
    const inputs = features(images, labels.length);
    const mean = this.state.buffers.get('model.bn.running_mean')!.data;
    const weight = this.state.parameters.get('model.weight')!.data;
    const classes = this.state.parameters.get('criterion.W')!.data;
    const embedding = project(inputs, mean, weight, embeddingSize);
    const gradients = { weight: new Float32Array(weight.length), classes: new Float32Array(classes.length) };
    let loss = 0;
    labels.forEach((label, row) => {
      const e = embedding.subarray(row * embeddingSize, (row + 1) * embeddingSize);
      const logits = Array.from({ length: classCount }, (_, c) =>
        e.reduce((sum, value, k) => sum + value * classes[k * classCount + c]!, 0),
      );
      const high = Math.max(...logits);
      const exps = logits.map((logit) => Math.exp(logit - high));
      const total = exps.reduce((a, b) => a + b, 0);
      loss -= Math.log(exps[label]! / total) / labels.length;
      const delta = exps.map((value, c) => (value / total - (c === label ? 1 : 0)) / labels.length);
      for (let k = 0; k < embeddingSize; k++) {
        let back = 0;
        for (let c = 0; c < classCount; c++) {
          gradients.classes[k * classCount + c]! += e[k]! * delta[c]!;
          back += delta[c]! * classes[k * classCount + c]!;
        }
        for (let f = 0; f < FEATURES; f++)
          gradients.weight[f * embeddingSize + k]! += (inputs[row * FEATURES + f]! - mean[f]!) * back;
      }
    });
    for (let f = 0; f < FEATURES; f++) {
      let average = 0;
      for (let row = 0; row < labels.length; row++) average += inputs[row * FEATURES + f]! / labels.length;
      mean[f]! += MOMENTUM * (average - mean[f]!);
    }
    const head = this.state.stepCounts.head + 1;
    this.state = { ...this.state, stepCounts: { backbone: 0, head } };
    this.adamW('model.weight', gradients.weight, hyper, head);
    this.adamW('criterion.W', gradients.classes, hyper, head);
    const gradientNorm = Math.sqrt([...gradients.weight, ...gradients.classes].reduce((sum, g) => sum + g * g, 0));
    return Promise.resolve({ losses: { total: loss, arcface: loss, triplet: 0, center: 0 }, gradientNorm });
  }

  embed(images: Float32Array, count: number): Promise<Float32Array> {
    const { parameters, buffers } = this.state;
    return Promise.resolve(
      project(
        features(images, count),
        buffers.get('model.bn.running_mean')!.data,
        parameters.get('model.weight')!.data,
        this.spec.model.embeddingSize,
      ),
    );
  }

  readState(): Promise<TrainingState> {
    return Promise.resolve(copyState(this.state));
  }

  writeState(state: TrainingState): Promise<void> {
    this.state = copyState(state);
    return Promise.resolve();
  }

  exportOnnx(state: Pick<TrainingState, 'parameters' | 'buffers'> = this.state): Promise<Uint8Array> {
    return Promise.resolve(encodeSafetensors(new Map([...state.parameters, ...state.buffers])));
  }

  dispose(): Promise<void> {
    return Promise.resolve();
  }

  private adamW(name: string, gradient: Float32Array, hyper: StepHyperparameters, stepCount: number): void {
    const { data } = this.state.parameters.get(name)!;
    const first = this.state.firstMoments.get(name)!.data;
    const second = this.state.secondMoments.get(name)!.data;
    const rate = hyper.learningRateHead;
    for (let i = 0; i < data.length; i++) {
      first[i] = 0.9 * first[i]! + 0.1 * gradient[i]!;
      second[i] = 0.999 * second[i]! + 0.001 * gradient[i]! ** 2;
      const direction = first[i]! / (1 - 0.9 ** stepCount) / (Math.sqrt(second[i]! / (1 - 0.999 ** stepCount)) + 1e-8);
      data[i] = data[i]! * (1 - rate * hyper.weightDecay) - rate * direction;
    }
  }
}

function features(images: Float32Array, count: number): Float32Array {
  const planeValues = images.length / count / 3;
  const size = Math.sqrt(planeValues);
  const cell = size / GRID;
  const out = new Float32Array(count * FEATURES);
  for (let image = 0; image < count; image++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const at = image * FEATURES + Math.floor(y / cell) * GRID + Math.floor(x / cell);
        out[at]! += images[image * planeValues * 3 + y * size + x]! / (cell * cell);
      }
  return out;
}

function project(inputs: Float32Array, mean: Float32Array, weight: Float32Array, embeddingSize: number): Float32Array {
  const count = inputs.length / FEATURES;
  const out = new Float32Array(count * embeddingSize);
  for (let row = 0; row < count; row++)
    for (let f = 0; f < FEATURES; f++)
      for (let k = 0; k < embeddingSize; k++)
        out[row * embeddingSize + k]! += (inputs[row * FEATURES + f]! - mean[f]!) * weight[f * embeddingSize + k]!;
  return out;
}

function zerosLike(tensors: NamedTensors): NamedTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: new Float32Array(data.length) }]));
}

function copyState(state: TrainingState): TrainingState {
  const copy = (tensors: NamedTensors): NamedTensors =>
    new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  return {
    parameters: copy(state.parameters),
    buffers: copy(state.buffers),
    firstMoments: copy(state.firstMoments),
    secondMoments: copy(state.secondMoments),
    stepCounts: { ...state.stepCounts },
  };
}
