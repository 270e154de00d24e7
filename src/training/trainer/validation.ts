import { enableProdMode, getBackend, scalar, setBackend, tensor2d, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { Random } from '../../common/index.js';
import type { ManifestRow } from '../../dataset/index.js';
import type { LossConfig } from '../config.js';
import type { NamedTensors, TrainingSession } from '../engines/engine.js';
import type { InputPipeline } from '../input-pipeline/index.js';
import { buildLoss, marginAtEpoch } from '../losses/index.js';
import { retrievalMetrics } from '../metrics/index.js';
import type { ValidationFigures } from './records.js';
import type { TrainingData } from './training-data.js';

const EMBED_BATCH = 32;
const LOSS_BATCH = 64;

/** Embeddings of pictures `[from, to)` of the data, in eval mode, not normalised: [to - from, embeddingSize]. */
export async function embedRows(
  session: Pick<TrainingSession, 'embed'>,
  pipeline: InputPipeline,
  indices: readonly number[],
  signal: AbortSignal,
): Promise<Float32Array> {
  const chunks = chunked(indices, EMBED_BATCH);
  const requests = chunks.map((chunk) => ({
    items: chunk.map((image) => ({ image, randomKey: '' })),
    augmentation: 'none' as const,
  }));
  const parts: Float32Array[] = [];
  for await (const images of pipeline.batches(requests)) {
    signal.throwIfAborted();
    parts.push(await session.embed(images, chunks[parts.length]!.length));
  }
  return concatenated(parts);
}

/** The figures that choose an epoch, of one set of validation embeddings. */
export async function overallFigures(
  embeddings: Float32Array,
  data: TrainingData,
  loss: LossSpec,
  signal: AbortSignal,
): Promise<OverallFigures> {
  const { mapAtR, precisionAt1 } = await retrievalOf(embeddings, data, () => true, signal);
  return { mapAtR, precisionAt1, loss: await meanLoss(embeddings, data, loss) };
}

/** The same with originals and turned copies apart. */
export async function detailedFigures(
  overall: OverallFigures,
  embeddings: Float32Array,
  data: TrainingData,
  signal: AbortSignal,
): Promise<ValidationFigures> {
  const originals = await retrievalOf(embeddings, data, ({ rotationCwDeg }) => rotationCwDeg === 0, signal);
  const rotated = await retrievalOf(embeddings, data, ({ rotationCwDeg }) => rotationCwDeg !== 0, signal);
  return {
    ...overall,
    mapAtROriginals: originals.mapAtR,
    precisionAt1Originals: originals.precisionAt1,
    mapAtRRotated: rotated.mapAtR,
    precisionAt1Rotated: rotated.precisionAt1,
  };
}

export type OverallFigures = Pick<ValidationFigures, 'mapAtR' | 'precisionAt1' | 'loss'>;

export interface LossSpec {
  readonly config: LossConfig;
  readonly criterion: NamedTensors;
  readonly seed: number;
}

async function retrievalOf(
  embeddings: Float32Array,
  data: TrainingData,
  keep: (row: ManifestRow) => boolean,
  signal: AbortSignal,
): Promise<Pick<ValidationFigures, 'mapAtR' | 'precisionAt1'>> {
  const rows = data.rows.slice(data.trainCount);
  const dimension = embeddings.length / rows.length;
  const groups = groupIndices(rows.map(({ groupId }) => groupId));
  const chosen = rows.map((_, i) => i).filter((i) => keep(rows[i]!));
  return retrievalMetrics({
    embeddings: rowsOf(embeddings, dimension, chosen),
    dimension,
    labels: Int32Array.from(chosen, (i) => data.labels[data.trainCount + i]!),
    groups: Int32Array.from(chosen, (i) => groups[i]!),
    signal,
  });
}

/**
 * The training loss of embeddings, in batches of mixed classes (a batch of one class would have no triplets, as in
 * the original) and at the final margin, so that epochs can be compared while the margin is warmed up.
 */
async function meanLoss(
  embeddings: Float32Array,
  data: TrainingData,
  { config, criterion, seed }: LossSpec,
): Promise<number> {
  const labels = data.labels.subarray(data.trainCount);
  const dimension = embeddings.length / labels.length;
  const classCount = data.classes.length;
  const definition = buildLoss(config, classCount, dimension);
  const order = new Random(`${seed}/validation`).shuffled(Array.from(labels.keys()));
  const marginRad = marginAtEpoch(config, Number.POSITIVE_INFINITY);
  let sum = 0;
  await onReferenceBackend(() => {
    for (const batch of chunked(order, LOSS_BATCH))
      sum += tidy(() => {
        const oneHot = new Float32Array(batch.length * classCount);
        batch.forEach((image, i) => (oneHot[i * classCount + labels[image]!] = 1));
        const { total } = definition.compute({
          embedding: tensor2d(rowsOf(embeddings, dimension, batch), [batch.length, dimension]),
          oneHot: tensor2d(oneHot, [batch.length, classCount]),
          marginRad: scalar(marginRad),
          parameters: new Map(
            definition.parameters.map(({ name }) => {
              const { shape, data } = criterion.get(name)!;
              return [name, tensor2d(data, [shape[0]!, shape[1]!])];
            }),
          ),
        });
        return total.dataSync()[0]! * batch.length;
      });
  });
  return sum / order.length;
}

/** A handful of small products: tfjs' plain backend will do, and an engine's own backend stays as it was. */
async function onReferenceBackend(work: () => void): Promise<void> {
  const previous = getBackend() as string | undefined;
  // Otherwise tfjs advises on the console to install another backend.
  enableProdMode();
  await setBackend('cpu');
  try {
    work();
  } finally {
    if (previous !== undefined && previous !== 'cpu') await setBackend(previous);
  }
}

function rowsOf(matrix: Float32Array, dimension: number, rows: readonly number[]): Float32Array {
  const out = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => out.set(matrix.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  return out;
}

function groupIndices(ids: readonly string[]): Int32Array {
  const indexOf = new Map<string, number>();
  return Int32Array.from(ids, (id) => {
    const known = indexOf.get(id);
    if (known !== undefined) return known;
    indexOf.set(id, indexOf.size);
    return indexOf.size - 1;
  });
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function concatenated(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}
