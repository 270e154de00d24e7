import { availableParallelism } from 'node:os';
import type { StepContext } from '../../common/index.js';
import { integerCodes } from '../golden-samples/index.js';
import {
  classificationReport,
  classifyByNeighbours,
  confusionMatrix,
  nearestNeighbours,
  retrievalMetrics,
  type ClassificationReport,
  type ConfusionMatrix,
} from '../metrics/index.js';
import { realParts, type EvaluationParts } from './embed-run.js';
import type { LabelledImage } from './image-set.js';
import { meanFigure, type BootstrapSettings, type Figure } from './retrieval-figures.js';

export interface ImageSetSpec {
  /** The exported ONNX file. */
  readonly model: string;
  readonly data: readonly LabelledImage[];
  /** Search here; without it every image is searched for among the others. */
  readonly gallery?: readonly LabelledImage[];
  readonly k: number;
  readonly bootstrap: BootstrapSettings;
  readonly threads?: number;
}

export interface ImageSetAnswer {
  readonly image: string;
  readonly trueClass: string;
  /** Null when nothing was left to search in. */
  readonly predictedClass: string | null;
  readonly similarity: number | null;
  readonly nearest: string | null;
  readonly correct: boolean;
}

export interface ImageSetResult {
  readonly images: number;
  readonly galleryImages: number | null;
  readonly classes: readonly string[];
  /** Classes of the data that the gallery does not have: their images cannot be answered rightly. */
  readonly classesNotInGallery: readonly string[];
  readonly accuracy: Figure;
  readonly precisionAt1: Figure;
  readonly mapAtR: Figure;
  readonly rPrecision: Figure;
  readonly meanReciprocalRank: Figure;
  readonly classification: ClassificationReport;
  readonly confusion: ConfusionMatrix;
  readonly answers: readonly ImageSetAnswer[];
}

/**
 * Evaluates a model on any labelled images, also of classes that it never saw: retrieval figures and k-NN
 * answers, leave-one-out (the own source group left out) or against a gallery.
 */
export async function evaluateImageSet(
  spec: ImageSetSpec,
  ctx: StepContext,
  parts?: EvaluationParts,
): Promise<ImageSetResult> {
  const real = parts ?? (await realParts());
  const all = [...spec.data, ...(spec.gallery ?? [])];
  const embedder = await real.openEmbedder(spec.model, { threads: spec.threads ?? availableParallelism() });
  let embeddings: Float32Array;
  try {
    embeddings = await real.embedImages(
      embedder,
      all.map(({ absolutePath }) => absolutePath),
      ctx,
    );
  } finally {
    await embedder.dispose();
  }
  return figuresOf(spec, embeddings, embedder.embeddingSize, ctx.signal);
}

async function figuresOf(
  spec: ImageSetSpec,
  embeddings: Float32Array,
  dimension: number,
  signal: AbortSignal,
): Promise<ImageSetResult> {
  const { data, gallery, k, bootstrap } = spec;
  const all = [...data, ...(gallery ?? [])];
  const labels = integerCodes(all.map(({ label }) => label));
  // The same file in both counts as one source.
  const groups = integerCodes(all.map(({ groupId }) => groupId)).codes;
  const count = data.length;
  const queries = {
    embeddings: embeddings.subarray(0, count * dimension),
    dimension,
    groups: groups.subarray(0, count),
    signal,
  };
  const searched = gallery === undefined ? data : gallery;
  const start = gallery === undefined ? 0 : count;
  const searchedLabels = gallery === undefined ? labels.codes.subarray(0, count) : labels.codes.subarray(count);
  const galleryPart = {
    embeddings: embeddings.subarray(start * dimension, (start + searched.length) * dimension),
    groups: groups.subarray(start, start + searched.length),
  };
  const neighbours = await nearestNeighbours({ ...queries, gallery: galleryPart, k });
  const { predictions, confidences } = classifyByNeighbours(neighbours, searchedLabels);
  const { perQuery } = await retrievalMetrics({
    ...queries,
    labels: labels.codes.subarray(0, count),
    gallery: { ...galleryPart, labels: searchedLabels },
  });
  const truths = labels.codes.subarray(0, count);
  const figure = (values: ArrayLike<number>): Figure => meanFigure(values, groups.subarray(0, count), bootstrap);
  const galleryLabels = new Set(searched.map(({ label }) => label));
  return {
    images: count,
    galleryImages: gallery?.length ?? null,
    classes: labels.names,
    classesNotInGallery: [...new Set(data.map(({ label }) => label))].filter((label) => !galleryLabels.has(label)),
    accuracy: figure(Float64Array.from(truths, (truth, i) => Number(truth === predictions[i]))),
    precisionAt1: figure(perQuery.precisionAt1),
    mapAtR: figure(perQuery.mapAtR),
    rPrecision: figure(perQuery.rPrecision),
    meanReciprocalRank: figure(perQuery.reciprocalRank),
    classification: classificationReport(truths, predictions, labels.names),
    confusion: confusionMatrix(truths, predictions, labels.names),
    answers: data.map((image, i): ImageSetAnswer => {
      const predicted = predictions[i]!;
      const nearest = neighbours.indices[i * k]!;
      return {
        image: image.name,
        trueClass: image.label,
        predictedClass: predicted < 0 ? null : labels.names[predicted]!,
        similarity: nearest < 0 ? null : confidences[i]!,
        nearest: nearest < 0 ? null : searched[nearest]!.name,
        correct: predicted === truths[i],
      };
    }),
  };
}
