import { copyFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { AppError, replaceFileAtomic, writeFileAtomic, type StepContext } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { readModelFile, writeModelFile } from '../checkpoints/index.js';
import type { TrainConfig } from '../config.js';
import type { Embedder } from '../embedder.js';
import type { TrainingSession } from '../engines/engine.js';
import type { InputPipeline } from '../input-pipeline/index.js';
import type { ModelWeights } from '../schedule/index.js';
import { provenance } from './provenance.js';
import { withWeights } from './session-weights.js';
import type { TrainingData } from './training-data.js';
import { embedRows } from './validation.js';

/** The exported file must embed as the training engine does: cosine of every checked picture at least this. */
export const MIN_EXPORT_COSINE = 0.9999;
const CHECKED_IMAGES = 64;

export interface ExportParts {
  readonly runFolder: string;
  readonly config: TrainConfig;
  readonly data: TrainingData;
  readonly session: TrainingSession;
  readonly pipeline: InputPipeline;
  readonly engine: { readonly name: string; readonly reason: string };
  readonly createEmbedder: (onnx: Uint8Array) => Promise<Embedder>;
}

/**
 * Writes what the run leaves behind: the best weights as ONNX (checked against the training engine), the last
 * weights, the configuration with its provenance, and the normalisation.
 * @returns the lowest cosine of the check.
 * @throws AppError `EXPORT_DIFFERS` when the exported file does not embed as the training engine does.
 */
export async function exportModel(parts: ExportParts, ctx: StepContext): Promise<number> {
  const folder = new RunFolder(parts.runFolder);
  const last = await parts.session.readState();
  await writeModelFile(folder.lastWeights, last, { labels: JSON.stringify(parts.data.classes) });
  const { weights } = await readModelFile(folder.bestWeights);
  const best: ModelWeights = {
    parameters: new Map([...last.parameters, ...weights.parameters]),
    buffers: new Map([...last.buffers, ...weights.buffers]),
  };
  const onnx = await parts.session.exportOnnx(best);
  const cosine = await compareExport(parts, best, onnx, ctx);
  await writeFileAtomic(folder.bestOnnx, onnx);
  await replaceFileAtomic(folder.modelMeanStd, (path) => copyFile(folder.datasetMeanStd, path));
  await writeFileAtomic(folder.configUsed, stringify(await configWithProvenance(parts)));
  return cosine;
}

async function configWithProvenance({ config, data, engine }: ExportParts): Promise<Record<string, unknown>> {
  return {
    ...config,
    provenance: {
      ...(await provenance()),
      engine: engine.name,
      engineReason: engine.reason,
      datasetDigest: data.digest,
      classes: data.classes,
    },
  };
}

async function compareExport(
  { data, session, pipeline, createEmbedder }: ExportParts,
  best: ModelWeights,
  onnx: Uint8Array,
  ctx: StepContext,
): Promise<number> {
  const indices = checkedIndices(data);
  const state = await session.readState();
  const expected = await withWeights(session, state, best, () => embedRows(session, pipeline, indices, ctx.signal));
  const embedder = await createEmbedder(onnx);
  try {
    const exported = await embedRows(embedder, pipeline, indices, ctx.signal);
    const lowest = lowestCosine(expected, exported, embedder.embeddingSize);
    // Written so that NaN fails too.
    if (!(lowest >= MIN_EXPORT_COSINE))
      throw new AppError(
        'internal',
        'EXPORT_DIFFERS',
        `expected the exported model to embed as the training engine does (cosine at least ${MIN_EXPORT_COSINE}), got ${lowest}. The weights are safe in model/best_model.safetensors.`,
        { cosine: String(lowest) },
      );
    return lowest;
  } finally {
    await embedder.dispose();
  }
}

/** Validation pictures, spread over all of them; training pictures where there are none. */
function checkedIndices(data: TrainingData): number[] {
  const [from, to] = data.rows.length > data.trainCount ? [data.trainCount, data.rows.length] : [0, data.rows.length];
  const count = Math.min(CHECKED_IMAGES, to - from);
  return Array.from({ length: count }, (_, i) => from + Math.floor((i * (to - from)) / count));
}

function lowestCosine(a: Float32Array, b: Float32Array, dimension: number): number {
  let lowest = 1;
  for (let row = 0; row < a.length; row += dimension) {
    let [dot, normA, normB] = [0, 0, 0];
    for (let i = row; i < row + dimension; i++) {
      dot += a[i]! * b[i]!;
      normA += a[i]! ** 2;
      normB += b[i]! ** 2;
    }
    const cosine = dot / Math.sqrt(normA * normB);
    if (!(cosine >= lowest)) lowest = cosine;
  }
  return lowest;
}
