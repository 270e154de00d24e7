import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { errorMessage } from '../../../common/index.js';
import type { OnnxModel } from '../onnx-file/model.js';
import { explained } from './runtime-session.js';

const NO_TENSOR = 'noTensor';
/** What onnxruntime-node says of a result that is no tensor; the run is over by then. */
const NOT_CONVERTED = 'Non tensor type is temporarily not supported.';

/**
 * A model whose results stay in the tensors that were preallocated for them (`runInPlace`).
 *
 * onnxruntime-node 1.30 copies every result into new memory of JavaScript's when a run is over, those too that the
 * run has written where it was told: all gradients, 135 MB for a step of efficientnetv2_rw_s and a tenth of its time.
 * It converts results in order and stops at one that is no tensor, so an empty sequence comes first.
 * See docs/adr/0017-results-of-a-step-are-not-copied.md.
 */
export function withResultsInPlace(model: OnnxModel): OnnxModel {
  return {
    ...model,
    nodes: [...model.nodes, { op: 'SequenceEmpty', domain: '', inputs: [], outputs: [NO_TENSOR], attributes: {} }],
    outputs: [{ name: NO_TENSOR, sequenceOf: 'float32' }, ...model.outputs],
  };
}

/** Runs a session of a model `withResultsInPlace`; the results are in the memory of `fetches`. */
export async function runInPlace(
  session: InferenceSession,
  feeds: Readonly<Record<string, Tensor>>,
  fetches: Readonly<Record<string, Tensor>>,
): Promise<void> {
  try {
    await session.run(feeds, { [NO_TENSOR]: null, ...fetches });
  } catch (error) {
    if (!errorMessage(error).endsWith(NOT_CONVERTED))
      throw explained(error, 'ONNX Runtime failed while running the model');
  }
}
