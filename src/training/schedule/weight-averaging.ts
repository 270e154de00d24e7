import type { NamedTensors, TrainingState } from '../engines/engine.js';

/** The weights of one model: what an average is made of, and what is exported. */
export type ModelWeights = Pick<TrainingState, 'parameters' | 'buffers'>;

/** Running average of weights and BatchNorm statistics, in float32. */
export interface WeightAverage {
  /** How many states went in; 0 when there is no average yet. */
  readonly count: number;
  readonly weights: ModelWeights | null;
}

export const emptyAverage: WeightAverage = { count: 0, weights: null };

/**
 * Exponential moving average (Polyak averaging as in timm's `ModelEma`): `average = decay * average +
 * (1 - decay) * state`, with a smaller decay at first so that the start weights fade quickly.
 */
export function updateExponential(average: WeightAverage, state: ModelWeights, decay: number): WeightAverage {
  const decayNow = Math.min(decay, (1 + average.count) / (10 + average.count));
  return blend(average, state, 1 - decayNow);
}

/** Equal-weight mean (stochastic weight averaging); its BatchNorm statistics must be measured anew. */
export function updateMean(average: WeightAverage, state: ModelWeights): WeightAverage {
  return blend(average, state, 1 / (average.count + 1));
}

function blend(average: WeightAverage, state: ModelWeights, share: number): WeightAverage {
  if (average.weights === null) return { count: 1, weights: copyWeights(state) };
  blendInto(average.weights.parameters, state.parameters, share);
  blendInto(average.weights.buffers, state.buffers, share);
  return { count: average.count + 1, weights: average.weights };
}

function blendInto(target: NamedTensors, source: NamedTensors, share: number): void {
  for (const [name, { data }] of target) {
    const from = source.get(name)!.data;
    for (let i = 0; i < data.length; i++) data[i]! += share * (from[i]! - data[i]!);
  }
}

export function copyWeights(weights: ModelWeights): ModelWeights {
  return { parameters: copyTensors(weights.parameters), buffers: copyTensors(weights.buffers) };
}

export function copyTensors(tensors: NamedTensors): NamedTensors {
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
