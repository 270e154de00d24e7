import type { ManifestRow } from '../../dataset/index.js';
import { indicesWhere, integerCodes, pickImages, type EmbeddedImages } from '../golden-samples/index.js';
import {
  classificationReport,
  classifyByNeighbours,
  meanInterval,
  nearestNeighbours,
  retrievalMetrics,
  silhouetteScore,
  type ClassificationReport,
  type Interval,
  type RetrievalMetrics,
} from '../metrics/index.js';

/** A mean over queries with its interval, drawn by whole sources. */
export interface Figure {
  readonly value: number | null;
  readonly interval: Interval | null;
  readonly count: number;
}

export interface RetrievalFigures {
  readonly images: number;
  readonly precisionAt1: Figure;
  readonly mapAtR: Figure;
  readonly rPrecision: Figure;
  readonly meanAveragePrecision: Figure;
  readonly meanReciprocalRank: Figure;
  readonly meanAveragePrecisionAt10: Figure;
  /** HOAM's convention: queries without a counterpart count as 0, ten neighbours, divided by min(R, 10). */
  readonly original: RetrievalMetrics['original'];
}

export interface BootstrapSettings {
  readonly samples: number;
  readonly confidence: number;
  readonly seed: number;
}

export interface RetrievalReport {
  readonly all: RetrievalFigures;
  /** Images as taken, among themselves. */
  readonly originals: RetrievalFigures;
  /** Turned copies, among themselves. */
  readonly rotated: RetrievalFigures;
  /** Good images only; differs from `all` when NG is a class. */
  readonly okOnly: RetrievalFigures;
  readonly silhouette: number | null;
  /** Of every image in `all`, by path; for breakdowns and paired comparisons. NaN without a counterpart. */
  readonly mapAtRByPath: ReadonlyMap<string, number>;
  readonly precisionAt1ByPath: ReadonlyMap<string, number>;
}

/** Leave-one-out retrieval among these images; the whole source group of a query is left out with it. */
export async function retrievalReport(
  images: EmbeddedImages,
  bootstrap: BootstrapSettings,
  signal: AbortSignal,
): Promise<RetrievalReport> {
  const subset = async (test: (row: ManifestRow) => boolean) => {
    const picked = pickImages(images, indicesWhere(images, test));
    return { picked, metrics: await leaveOneOut(picked, signal) };
  };
  const all = await subset(() => true);
  const others = [
    await subset((row) => row.rotationCwDeg === 0),
    await subset((row) => row.rotationCwDeg !== 0),
    await subset((row) => row.ok),
  ];
  const [originals, rotated, okOnly] = others.map(({ picked, metrics }) => figures(picked, metrics, bootstrap));
  const labels = integerCodes(images.rows.map((row) => row.label)).codes;
  return {
    all: figures(all.picked, all.metrics, bootstrap),
    originals: originals!,
    rotated: rotated!,
    okOnly: okOnly!,
    silhouette: await silhouetteScore(images.embeddings, images.dimension, labels),
    mapAtRByPath: byPath(images, all.metrics.perQuery.mapAtR),
    precisionAt1ByPath: byPath(images, all.metrics.perQuery.precisionAt1),
  };
}

function byPath(images: EmbeddedImages, values: Float64Array): Map<string, number> {
  return new Map(images.rows.map((row, i) => [row.path, values[i]!]));
}

async function leaveOneOut(images: EmbeddedImages, signal: AbortSignal): Promise<RetrievalMetrics> {
  return retrievalMetrics({
    embeddings: images.embeddings,
    dimension: images.dimension,
    labels: integerCodes(images.rows.map((row) => row.label)).codes,
    groups: integerCodes(images.rows.map((row) => row.groupId)).codes,
    signal,
  });
}

function figures(images: EmbeddedImages, metrics: RetrievalMetrics, bootstrap: BootstrapSettings): RetrievalFigures {
  const clusters = integerCodes(images.rows.map((row) => row.groupId)).codes;
  const figure = (values: Float64Array): Figure => meanFigure(values, clusters, bootstrap);
  const { perQuery } = metrics;
  return {
    images: images.rows.length,
    precisionAt1: figure(perQuery.precisionAt1),
    mapAtR: figure(perQuery.mapAtR),
    rPrecision: figure(perQuery.rPrecision),
    meanAveragePrecision: figure(perQuery.averagePrecision),
    meanReciprocalRank: figure(perQuery.reciprocalRank),
    meanAveragePrecisionAt10: figure(perQuery.averagePrecisionAt10),
    original: metrics.original,
  };
}

/** The mean of the numbers among `values`, all of 0..1, with its interval over clusters. */
export function meanFigure(
  values: ArrayLike<number>,
  clusters: ArrayLike<number>,
  { samples, confidence, seed }: BootstrapSettings,
): Figure {
  const numbers = Array.from(values).filter((value) => !Number.isNaN(value));
  return {
    value: numbers.length === 0 ? null : numbers.reduce((sum, value) => sum + value, 0) / numbers.length,
    interval: meanInterval({ values, clusters, samples, confidence, seed }),
    count: numbers.length,
  };
}

export interface KnnFigures {
  readonly k: number;
  readonly report: ClassificationReport;
  /** Mean cosine to the nearest neighbour. */
  readonly meanConfidence: number | null;
}

/**
 * k-NN classification of `queries`, among themselves without the own source group, or in a gallery
 * (also without the own group). Queries without a neighbour are left out.
 */
export async function knnFigures(
  queries: EmbeddedImages,
  k: number,
  options: { readonly gallery?: EmbeddedImages; readonly signal?: AbortSignal } = {},
): Promise<KnnFigures> {
  const gallery = options.gallery ?? queries;
  const rows = [...queries.rows, ...(options.gallery?.rows ?? [])];
  const groups = integerCodes(rows.map((row) => row.groupId)).codes;
  const labels = integerCodes(rows.map((row) => row.label));
  const queryCount = queries.rows.length;
  const galleryStart = options.gallery === undefined ? 0 : queryCount;
  const neighbours = await nearestNeighbours({
    embeddings: queries.embeddings,
    dimension: queries.dimension,
    groups: groups.subarray(0, queryCount),
    gallery: { embeddings: gallery.embeddings, groups: groups.subarray(galleryStart) },
    k,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const { predictions, confidences } = classifyByNeighbours(neighbours, labels.codes.subarray(galleryStart));
  const answered = [...predictions.keys()].filter((i) => predictions[i]! >= 0);
  const pick = (values: Int32Array): Int32Array => Int32Array.from(answered, (i) => values[i]!);
  const sum = answered.reduce((total, i) => total + confidences[i]!, 0);
  return {
    k,
    report: classificationReport(pick(labels.codes), pick(predictions), labels.names),
    meanConfidence: answered.length === 0 ? null : sum / answered.length,
  };
}
