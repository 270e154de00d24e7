import type { StepHyperparameters, TrainingSession, TrainingState } from '../engines/engine.js';
import type { ModelWeights } from '../schedule/index.js';

/** Weights and BatchNorm statistics, as cheaply as the engine can give them. */
export function readWeights(session: TrainingSession): Promise<ModelWeights> {
  return session.readWeights?.() ?? session.readState();
}

/** Runs `work` with other weights in the session, and puts the session back exactly as it was. */
export async function withWeights<T>(
  session: TrainingSession,
  state: TrainingState,
  weights: ModelWeights,
  work: () => Promise<T>,
): Promise<T> {
  await session.writeState({
    ...state,
    parameters: new Map([...state.parameters, ...weights.parameters]),
    buffers: new Map([...state.buffers, ...weights.buffers]),
  });
  try {
    return await work();
  } finally {
    await session.writeState(state);
  }
}

/**
 * BatchNorm statistics that fit averaged weights: steps at learning rate zero let the running statistics follow
 * (momentum 0.1), nothing else moves (Izmailov et al., 2018, section 3.2). The backbone's backward pass is left out.
 */
export async function measureBatchNorm(
  session: TrainingSession,
  state: TrainingState,
  weights: ModelWeights,
  batches: AsyncIterable<{ readonly images: Float32Array; readonly labels: Int32Array }>,
): Promise<ModelWeights> {
  const still: StepHyperparameters = {
    learningRateBackbone: 0,
    learningRateHead: 0,
    weightDecay: 0,
    weightDecayExemptions: false,
    gradientClipNorm: null,
    marginRad: 0,
    frozenBackbone: true,
  };
  return withWeights(session, state, weights, async () => {
    for await (const { images, labels } of batches) await session.step(images, labels, still);
    const { buffers } = await session.readState();
    return { parameters: weights.parameters, buffers };
  });
}
