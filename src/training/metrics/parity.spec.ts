import { beforeAll, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { describeWithShared, sharedPath } from '../../../test/support/shared-data.js';
import { readSafetensors } from '../weights/index.js';
import { classificationReport, confusionMatrix } from './classification.js';
import { normaliseRows } from './distance-blocks.js';
import { classifyByNeighbours, nearestNeighbours } from './neighbours.js';
import { retrievalMetrics, type RetrievalMetrics } from './retrieval.js';
import { silhouetteScore } from './silhouette.js';

interface VectorSet {
  embeddings: Float32Array;
  dimension: number;
  labels: Int32Array;
  tensor: (name: string) => ArrayLike<number>;
  expected: Record<string, Record<string, number>>;
}

const PML_NAMES: [string, (m: RetrievalMetrics) => number | null][] = [
  ['precision_at_1', (m) => m.precisionAt1],
  ['r_precision', (m) => m.rPrecision],
  ['mean_average_precision_at_r', (m) => m.mapAtR],
  ['mean_average_precision', (m) => m.meanAveragePrecision],
  ['mean_reciprocal_rank', (m) => m.meanReciprocalRank],
];

describeWithShared('metrics against the original stack', 'parity/metrics.safetensors', () => {
  const sets = new Map<string, VectorSet>();

  beforeAll(async () => {
    const { tensors } = await readSafetensors(sharedPath('parity', 'metrics.safetensors'));
    const json = JSON.parse(await readFile(sharedPath('parity', 'metrics.json'), 'utf8')) as Record<
      string,
      VectorSet['expected']
    >;
    for (const name of ['A', 'B']) {
      const { data, shape } = tensors.get(`${name}.E`)!;
      sets.set(name, {
        embeddings: data,
        dimension: shape[1]!,
        labels: Int32Array.from(tensors.get(`${name}.y`)!.data),
        tensor: (key) => tensors.get(`${name}.${key}`)!.data64 ?? tensors.get(`${name}.${key}`)!.data,
        expected: json[name]!,
      });
    }
  });

  const checkAll = (metrics: RetrievalMetrics, expected: Record<string, number>): void => {
    for (const [name, read] of PML_NAMES) expect(read(metrics)).toBeCloseTo(expected[name]!, 6);
  };

  it.each(['A', 'B'])('set %s: AccuracyCalculator over the whole ranking, and averaged by class', async (name) => {
    const set = sets.get(name)!;
    const metrics = await retrievalMetrics(set);
    checkAll(metrics, set.expected.pml_all_on_normalised!);
    checkAll({ ...metrics, ...metrics.classAverages }, set.expected.pml_avg_of_avgs_on_normalised!);
  });

  it.each(['A', 'B'])('set %s: AccuracyCalculator with ten neighbours', async (name) => {
    const set = sets.get(name)!;
    const { at10 } = await retrievalMetrics(set);
    const expected = set.expected.pml_k10_on_normalised!;
    expect(at10.meanAveragePrecision).toBeCloseTo(expected.mean_average_precision!, 6);
    expect(at10.meanReciprocalRank).toBeCloseTo(expected.mean_reciprocal_rank!, 6);
  });

  it.each(['A', 'B'])('set %s: Euclidean ranking of raw embeddings', async (name) => {
    const set = sets.get(name)!;
    checkAll(await retrievalMetrics({ ...set, metric: 'euclidean' }), set.expected.pml_all_on_raw_L2!);
  });

  it.each(['A', 'B'])('set %s: eight queries against a gallery of the rest', async (name) => {
    const { embeddings, dimension, labels, expected } = sets.get(name)!;
    const metrics = await retrievalMetrics({
      embeddings: embeddings.subarray(0, 8 * dimension),
      dimension,
      labels: labels.subarray(0, 8),
      gallery: { embeddings: embeddings.subarray(8 * dimension), labels: labels.subarray(8) },
    });
    checkAll(metrics, expected.pml_query8_gallery_rest_cosine!);
  });

  it.each(['A', 'B'])('set %s: the evaluation of HOAM, queries without a positive counted as 0', async (name) => {
    const set = sets.get(name)!;
    const { original } = await retrievalMetrics(set);
    const expected = set.expected.hoam_retrieval_k10!;
    expect(original.precisionAt1).toBeCloseTo(expected.precision_at_1!, 6);
    expect(original.meanAveragePrecisionAt10).toBeCloseTo(expected.mean_average_precision!, 6);
    expect(original.meanReciprocalRankAt10).toBeCloseTo(expected.mean_reciprocal_rank!, 6);
  });

  it.each(['A', 'B'])('set %s: silhouette of raw embeddings', async (name) => {
    const { embeddings, dimension, labels, expected } = sets.get(name)!;
    const score = await silhouetteScore(embeddings, dimension, labels);
    expect(score).toBeCloseTo(expected.silhouette_raw_euclidean as unknown as number, 5);
  });

  it.each([
    ['A', 1],
    ['A', 3],
    ['A', 5],
    ['B', 1],
    ['B', 3],
    ['B', 5],
  ])('set %s: leave-one-out %i-NN, its report and confusion', async (name, k) => {
    const { embeddings, dimension, labels, tensor, expected } = sets.get(name)!;
    const neighbours = await nearestNeighbours({ embeddings, dimension, k });
    const answers = classifyByNeighbours(neighbours, labels);
    expect(Array.from(answers.predictions)).toEqual(Array.from(tensor(`knn${k}.pred`)));
    const confidences = tensor(`knn${k}.conf`);
    answers.confidences.forEach((value, i) => expect(value).toBeCloseTo(confidences[i]!, 6));

    const classes = Array.from({ length: Math.max(...labels) + 1 }, (_, c) => String(c));
    const report = classificationReport(labels, answers.predictions, classes);
    const want = expected[`hoam_classification_k${k}`]! as unknown as {
      per_class: number[][];
      confusion: number[][];
    } & Record<string, number>;
    expect(report.accuracy).toBeCloseTo(want.accuracy!, 9);
    for (const kind of ['macro', 'weighted'] as const)
      for (const figure of ['precision', 'recall', 'f1'] as const)
        expect(report[kind][figure]).toBeCloseTo(want[`${figure}_${kind}`]!, 9);
    report.perClass.forEach((figures, c) => {
      const row = [figures.precision, figures.recall, figures.f1, figures.support];
      row.forEach((value, i) => expect(value).toBeCloseTo(want.per_class[c]![i]!, 9));
    });
    expect(confusionMatrix(labels, answers.predictions, classes).counts).toEqual(want.confusion);
  });

  it.each(['A', 'B'])('set %s: neighbours come in the order of the cosine ranking', async (name) => {
    const { embeddings, dimension, tensor, labels } = sets.get(name)!;
    const k = labels.length - 1;
    const { indices } = await nearestNeighbours({ embeddings: normaliseRows({ embeddings, dimension }), dimension, k });
    expect(Array.from(indices)).toEqual(Array.from(tensor('rank_cosine')));
  });
});
