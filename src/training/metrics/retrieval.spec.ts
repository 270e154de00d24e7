import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { retrievalMetrics, type RetrievalSpec } from './retrieval.js';

/** Straight from the definitions: sort everything, walk the list. */
function naive(spec: RetrievalSpec) {
  const { embeddings, dimension, labels, groups } = spec;
  const rows = labels.length;
  const row = (i: number): number[] => Array.from(embeddings.subarray(i * dimension, (i + 1) * dimension));
  const per = Array.from({ length: rows }, (_, q) => {
    const distance = (j: number): number => row(q).reduce((sum, x, d) => sum + (x - row(j)[d]!) ** 2, 0);
    const ranking = Array.from({ length: rows }, (_, j) => j)
      .filter((j) => j !== q && (groups === undefined || groups[j] !== groups[q]))
      .map((j) => ({ j, d: distance(j) }))
      .sort((a, b) => a.d - b.d || a.j - b.j)
      .map(({ j }) => labels[j] === labels[q]);
    const r = ranking.filter(Boolean).length;
    const precisionAt = (k: number): number => ranking.slice(0, k).filter(Boolean).length / k;
    const ap = (n: number): number =>
      ranking.slice(0, n).reduce((sum, hit, i) => sum + (hit ? precisionAt(i + 1) : 0), 0);
    const first = ranking.indexOf(true) + 1;
    return {
      r,
      p1: ranking[0] ? 1 : 0,
      rp: precisionAt(Math.max(r, 1)),
      mapR: ap(r) / r,
      map: ap(rows) / r,
      rr: first > 0 ? 1 / first : 0,
      map10: ap(10) / r,
      rr10: first > 0 && first <= 10 ? 1 / first : 0,
      capped: ap(10) / Math.min(Math.max(r, 1), 10),
    };
  });
  const scored = per.filter((p) => p.r > 0);
  const mean = (of: (p: (typeof per)[number]) => number, list = scored): number | null =>
    list.length === 0 ? null : list.reduce((sum, p) => sum + of(p), 0) / list.length;
  return {
    precisionAt1: mean((p) => p.p1),
    rPrecision: mean((p) => p.rp),
    mapAtR: mean((p) => p.mapR),
    meanAveragePrecision: mean((p) => p.map),
    meanReciprocalRank: mean((p) => p.rr),
    at10: { meanAveragePrecision: mean((p) => p.map10), meanReciprocalRank: mean((p) => p.rr10) },
    original: {
      precisionAt1: mean((p) => (p.r > 0 ? p.p1 : 0), per),
      meanAveragePrecisionAt10: mean((p) => (p.r > 0 ? p.capped : 0), per),
      meanReciprocalRankAt10: mean((p) => p.rr10, per),
    },
    queriesWithRelevant: scored.length,
  };
}

/** Small integers: distances are exact in float32, so ties and duplicates are real ties. */
const exactSets = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    dimension: fc.integer({ min: 1, max: 3 }),
    classes: fc.integer({ min: 1, max: 6 }),
    grouped: fc.boolean(),
  })
  .chain(({ rows, dimension, classes, grouped }) =>
    fc.record({
      embeddings: fc
        .array(fc.integer({ min: -3, max: 3 }), { minLength: rows * dimension, maxLength: rows * dimension })
        .map((values) => Float32Array.from(values)),
      dimension: fc.constant(dimension),
      labels: fc
        .array(fc.integer({ min: 0, max: classes - 1 }), { minLength: rows, maxLength: rows })
        .map((values) => Int32Array.from(values)),
      groups: grouped
        ? fc
            .array(fc.integer({ min: 0, max: 8 }), { minLength: rows, maxLength: rows })
            .map((values) => Int32Array.from(values))
        : fc.constant(undefined),
    }),
  );

function expectClose(actual: unknown, expected: unknown): void {
  if (typeof expected === 'number') expect(actual).toBeCloseTo(expected, 9);
  else if (expected === null) expect(actual).toBeNull();
  else
    for (const [key, value] of Object.entries(expected as object))
      expectClose((actual as Record<string, unknown>)[key], value);
}

describe('retrievalMetrics', () => {
  it('agrees with a naive recomputation on ties, duplicates, singletons and one class', async () => {
    await fc.assert(
      fc.asyncProperty(exactSets, async (set) => {
        const spec = { ...set, metric: 'euclidean' as const };
        expectClose(await retrievalMetrics(spec), naive(spec));
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same answer for a gallery that is the query set with groups', async () => {
    await fc.assert(
      fc.asyncProperty(exactSets, async ({ embeddings, dimension, labels }) => {
        const groups = labels.map((_, i) => i);
        const alone = await retrievalMetrics({ embeddings, dimension, labels, metric: 'euclidean' });
        const gallery = { embeddings, labels, groups };
        const both = await retrievalMetrics({ embeddings, dimension, labels, groups, gallery, metric: 'euclidean' });
        expect(both.perQuery).toEqual(alone.perQuery);
      }),
      { numRuns: 40 },
    );
  });

  it('does not care for the length of vectors under cosine', async () => {
    const embeddings = Float32Array.from([1, 0, 5, 1, 0, 2, 0.1, 3, 2, 2, 9, 8]);
    const labels = Int32Array.from([0, 0, 1, 1, 2, 2]);
    const scaled = embeddings.map((x, i) => x * (1 + Math.floor(i / 2)));
    const plain = await retrievalMetrics({ embeddings, dimension: 2, labels });
    expect((await retrievalMetrics({ embeddings: scaled, dimension: 2, labels })).mapAtR).toBeCloseTo(plain.mapAtR!, 9);
  });

  it('has nothing to say about no images, or when every class has one', async () => {
    const none = await retrievalMetrics({
      embeddings: new Float32Array(0),
      dimension: 4,
      labels: new Int32Array(0),
    });
    expect(none.precisionAt1).toBeNull();
    const singletons = await retrievalMetrics({
      embeddings: Float32Array.from([1, 0, 0, 1]),
      dimension: 2,
      labels: Int32Array.from([0, 1]),
    });
    expect(singletons.mapAtR).toBeNull();
    expect(singletons.original.precisionAt1).toBe(0);
  });

  it('refuses embeddings of a diverged model by name', async () => {
    const embeddings = Float32Array.from([1, 0, Number.NaN, 1]);
    const labels = Int32Array.from([0, 0]);
    await expect(retrievalMetrics({ embeddings, dimension: 2, labels })).rejects.toMatchObject({
      code: 'EMBEDDINGS_NOT_FINITE',
    });
  });

  it('stops when asked to', async () => {
    const signal = AbortSignal.abort();
    const labels = Int32Array.from([0, 0]);
    const embeddings = Float32Array.from([1, 0, 0, 1]);
    await expect(retrievalMetrics({ embeddings, dimension: 2, labels, signal })).rejects.toThrow();
  });

  it('is the worked example: R = 3, hits at ranks 1, 3 and 6', async () => {
    const positions = [0, 1, 2, 3, 4, 5, 6];
    const labels = Int32Array.from([0, 0, 1, 0, 1, 1, 0]);
    const { perQuery } = await retrievalMetrics({
      embeddings: Float32Array.from(positions),
      dimension: 1,
      labels,
      metric: 'euclidean',
    });
    expect(perQuery.precisionAt1[0]).toBe(1);
    expect(perQuery.rPrecision[0]).toBeCloseTo(2 / 3, 12);
    expect(perQuery.mapAtR[0]).toBeCloseTo((1 + 2 / 3) / 3, 12);
    expect(perQuery.averagePrecision[0]).toBeCloseTo((1 + 2 / 3 + 3 / 6) / 3, 12);
    expect(perQuery.reciprocalRank[0]).toBe(1);
  });
});
