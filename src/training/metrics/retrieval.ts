import {
  rowCount,
  scanAgainstGallery,
  type DistanceMetric,
  type DistanceRowConsumer,
  type RowRange,
} from './distance-blocks.js';
import { RelevantRanker } from './ranking.js';
import { rankInThreads, threadsFor } from './retrieval-threads.js';

export interface RetrievalSpec {
  /** [count × dimension], row-major. */
  readonly embeddings: Float32Array;
  readonly dimension: number;
  readonly labels: Int32Array;
  /** Everything of a query's own group is left out of its gallery (rotations, board instance, near-duplicates). */
  readonly groups?: Int32Array;
  /** Search here instead of among the queries; groups then exclude across the two. */
  readonly gallery?: {
    readonly embeddings: Float32Array;
    readonly labels: Int32Array;
    readonly groups?: Int32Array;
  };
  /** Default `cosine`. `euclidean` takes the embeddings as given, as PML's default index does. */
  readonly metric?: DistanceMetric;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
  /** Threads of the matrix products; 0 (default) takes all cores. */
  readonly threads?: number;
}

/** Means over queries; null when there is no query to average over. */
export interface RetrievalMeans {
  readonly precisionAt1: number | null;
  readonly rPrecision: number | null;
  readonly mapAtR: number | null;
  /** Over the whole ranking, divided by R. */
  readonly meanAveragePrecision: number | null;
  readonly meanReciprocalRank: number | null;
}

/** The same, from the first ten neighbours only. */
export interface RetrievalMeansAt10 {
  readonly meanAveragePrecision: number | null;
  readonly meanReciprocalRank: number | null;
}

/** One value a query; NaN where the query has no relevant candidate. */
export interface RetrievalPerQuery {
  readonly precisionAt1: Float64Array;
  readonly rPrecision: Float64Array;
  readonly mapAtR: Float64Array;
  readonly averagePrecision: Float64Array;
  readonly reciprocalRank: Float64Array;
  readonly averagePrecisionAt10: Float64Array;
  readonly reciprocalRankAt10: Float64Array;
  /** Average precision at 10 divided by min(R, 10). */
  readonly averagePrecisionAt10Capped: Float64Array;
  /** R: how many relevant candidates the query had. */
  readonly relevantCount: Int32Array;
}

/**
 * Retrieval figures in the two conventions that are in use (docs/evaluation.md):
 * the top-level ones as pytorch-metric-learning's AccuracyCalculator has them (queries with no
 * relevant candidate are left out; average precision divided by R), and `original` as HOAM's
 * evaluate.py has them (such queries count as 0; ten neighbours; divided by min(R, 10)).
 */
export interface RetrievalMetrics extends RetrievalMeans {
  readonly at10: RetrievalMeansAt10;
  /** Averaged within each class first, then over classes. */
  readonly classAverages: RetrievalMeans;
  readonly original: {
    readonly precisionAt1: number | null;
    readonly meanAveragePrecisionAt10: number | null;
    readonly meanReciprocalRankAt10: number | null;
  };
  readonly queries: number;
  readonly queriesWithRelevant: number;
  readonly perQuery: RetrievalPerQuery;
}

/** Retrieval metrics by leave-one-out (or against `gallery`), in blocks: never an N×N matrix. */
export async function retrievalMetrics(spec: RetrievalSpec): Promise<RetrievalMetrics> {
  const count = rowCount(spec);
  expectLength('labels', spec.labels, count);
  expectLength('groups', spec.groups, count);
  const accumulator = new RetrievalAccumulator(spec, count);
  const threads = threadsFor(count, spec.gallery?.labels.length ?? count, spec.threads ?? 0);
  if (threads > 1) await rankInThreads(spec, threads, accumulator);
  else await scanAgainstGallery(spec, [accumulator.consume]);
  return accumulator.result();
}

/** Gathers retrieval figures from a distance scan, so that one scan can serve several measures. */
export class RetrievalAccumulator {
  private readonly ranker: RelevantRanker;
  readonly perQuery: RetrievalPerQuery;

  constructor(
    private readonly spec: Pick<RetrievalSpec, 'labels' | 'groups' | 'gallery'>,
    count: number,
  ) {
    const galleryGroups = spec.gallery ? spec.gallery.groups : spec.groups;
    this.ranker = new RelevantRanker(spec.gallery?.labels ?? spec.labels, spec.groups && galleryGroups);
    const column = (): Float64Array => new Float64Array(count).fill(Number.NaN);
    this.perQuery = {
      precisionAt1: column(),
      rPrecision: column(),
      mapAtR: column(),
      averagePrecision: column(),
      reciprocalRank: column(),
      averagePrecisionAt10: column(),
      reciprocalRankAt10: column(),
      averagePrecisionAt10Capped: column(),
      relevantCount: new Int32Array(count),
    };
  }

  readonly consume: DistanceRowConsumer = (query, distances) => {
    const { labels, groups, gallery } = this.spec;
    const excludedIndex = gallery ? -1 : query;
    const ranks = this.ranker.relevantRanks(distances, labels[query]!, excludedIndex, groups?.[query] ?? -1);
    this.perQuery.relevantCount[query] = ranks.length;
    if (ranks.length > 0) this.score(query, ranks);
  };

  /** Takes over another accumulator's answers for these queries. */
  absorb({ first, end }: RowRange, theirs: RetrievalPerQuery): void {
    for (const name of Object.keys(this.perQuery) as (keyof RetrievalPerQuery)[])
      this.perQuery[name].set(theirs[name].subarray(first, end), first);
  }

  result(): RetrievalMetrics {
    const p = this.perQuery;
    const { labels } = this.spec;
    const withRelevant = p.relevantCount.reduce((sum, r) => sum + (r > 0 ? 1 : 0), 0);
    return {
      ...means(p, meanOfNumbers),
      at10: {
        meanAveragePrecision: meanOfNumbers(p.averagePrecisionAt10),
        meanReciprocalRank: meanOfNumbers(p.reciprocalRankAt10),
      },
      classAverages: means(p, (values) => meanOfClassMeans(values, labels)),
      original: {
        precisionAt1: meanCountingNaNAsZero(p.precisionAt1),
        meanAveragePrecisionAt10: meanCountingNaNAsZero(p.averagePrecisionAt10Capped),
        meanReciprocalRankAt10: meanCountingNaNAsZero(p.reciprocalRankAt10),
      },
      queries: p.relevantCount.length,
      queriesWithRelevant: withRelevant,
      perQuery: p,
    };
  }

  private score(query: number, ranks: Int32Array): void {
    const p = this.perQuery;
    const relevantCount = ranks.length;
    let [precisionSum, hitsAtR, sumAtR, sumAt10] = [0, 0, 0, 0];
    for (let hit = 1; hit <= relevantCount; hit++) {
      const rank = ranks[hit - 1]!;
      precisionSum += hit / rank;
      if (rank <= relevantCount) [hitsAtR, sumAtR] = [hit, precisionSum];
      if (rank <= 10) sumAt10 = precisionSum;
    }
    const firstRank = ranks[0]!;
    p.precisionAt1[query] = firstRank === 1 ? 1 : 0;
    p.rPrecision[query] = hitsAtR / relevantCount;
    p.mapAtR[query] = sumAtR / relevantCount;
    p.averagePrecision[query] = precisionSum / relevantCount;
    p.reciprocalRank[query] = 1 / firstRank;
    p.averagePrecisionAt10[query] = sumAt10 / relevantCount;
    p.reciprocalRankAt10[query] = firstRank <= 10 ? 1 / firstRank : 0;
    p.averagePrecisionAt10Capped[query] = sumAt10 / Math.min(relevantCount, 10);
  }
}

function means(p: RetrievalPerQuery, mean: (values: Float64Array) => number | null): RetrievalMeans {
  return {
    precisionAt1: mean(p.precisionAt1),
    rPrecision: mean(p.rPrecision),
    mapAtR: mean(p.mapAtR),
    meanAveragePrecision: mean(p.averagePrecision),
    meanReciprocalRank: mean(p.reciprocalRank),
  };
}

/** Mean of the numbers, leaving NaN out; null when there are none. */
export function meanOfNumbers(values: Iterable<number>): number | null {
  let [sum, count] = [0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return count === 0 ? null : sum / count;
}

function meanCountingNaNAsZero(values: Float64Array): number | null {
  let sum = 0;
  for (const value of values) sum += Number.isNaN(value) ? 0 : value;
  return values.length === 0 ? null : sum / values.length;
}

function meanOfClassMeans(values: Float64Array, labels: Int32Array): number | null {
  const byClass = new Map<number, number[]>();
  values.forEach((value, i) => {
    const list = byClass.get(labels[i]!) ?? [];
    list.push(value);
    byClass.set(labels[i]!, list);
  });
  return meanOfNumbers([...byClass.values()].map((list) => meanOfNumbers(list) ?? Number.NaN));
}

function expectLength(name: string, values: Int32Array | undefined, count: number): void {
  if (values !== undefined && values.length !== count)
    throw new RangeError(`expected ${count} ${name}, one an embedding, got ${values.length}`);
}
