import { describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { classKeyId, NG_LABEL, ORIENTATIONS, type ClassKey, type ManifestRow } from '../../dataset/index.js';
import { SYNTHETIC_CLASSES } from '../../../test/support/synthetic-run.js';
import type { EmbeddedGoldenSet, EmbeddedImages, GoldenSample } from '../golden-samples/index.js';
import type { Answer } from './answers.js';
import { rankMistakes, worstMistakes } from './worst-mistakes.js';

const DIMENSION = 4;

describe('worstMistakes', () => {
  it.each([1, 2, 3])('shows what a search over everything finds, the worst first (seed %d)', (seed) => {
    const random = new Random(seed);
    const images = embeddedImages(random);
    const goldens = goldenSet(random);
    const answers = images.rows.flatMap((row) => (row.split === 'val' ? [answerOf(row, goldens, random)] : []));
    const mistakes = worstMistakes(answers, images, goldens);

    const wrong = answers.filter(({ correct }) => !correct);
    expect(wrong.length).toBeGreaterThan(10);
    expect(mistakes.map(({ image }) => image).sort()).toEqual(wrong.map(({ row }) => row.path).sort());
    const order = { escape: 0, wrongOrientation: 1, falseCall: 2 };
    const ranks = mistakes.map(({ kind, similarity, threshold }) => [order[kind], Math.abs(similarity - threshold)]);
    for (let i = 1; i < ranks.length; i++) {
      const [before, after] = [ranks[i - 1]!, ranks[i]!];
      expect(before[0]! < after[0]! || (before[0] === after[0] && before[1]! >= after[1]!)).toBe(true);
    }
    for (const mistake of mistakes) {
      const answer = wrong.find(({ row }) => row.path === mistake.image)!;
      const { row } = answer;
      const embedding = embeddingAt(images, images.rows.indexOf(row));
      const byTraining = images.rows
        .map((other, i) => ({ other, similarity: dot(embedding, embeddingAt(images, i)) }))
        .filter(({ other }) => other.split === 'train' && classKeyId(other.classKey) === classKeyId(row.classKey))
        .sort((a, b) => b.similarity - a.similarity);
      expect(mistake.kind).toBe(
        !row.ok && answer.accepted ? 'escape' : answer.predictedClass === NG_LABEL ? 'falseCall' : 'wrongOrientation',
      );
      expectPicture(
        mistake.nearestRight,
        byTraining.find(({ other }) => other.label === answer.trueClass),
      );
      expectPicture(
        mistake.nearestWrong,
        byTraining.find(({ other }) => other.label !== answer.trueClass),
      );
      const byGolden = goldens.set.goldens
        .map((golden, i) => ({ golden, similarity: dot(embedding, goldenAt(goldens, i)) }))
        .sort((a, b) => b.similarity - a.similarity);
      const decided = byGolden.find(({ golden }) => golden.id === answer.goldenId)!;
      expect(mistake.golden.image).toBe(decided.golden.imagePath);
      expect(mistake.golden.similarity).toBeCloseTo(decided.similarity, 6);
      const own = byGolden.find(
        ({ golden }) =>
          golden.id !== answer.goldenId &&
          golden.label === answer.trueClass &&
          classKeyId(golden.classKey) === classKeyId(row.classKey),
      );
      expect(mistake.ownGolden?.image ?? null).toBe(own?.golden.imagePath ?? null);
    }
  });

  it('keeps the worst sixty of many', () => {
    const random = new Random('many');
    const images = embeddedImages(random, 60);
    const goldens = goldenSet(random);
    const answers = images.rows.flatMap((row) => (row.split === 'val' ? [answerOf(row, goldens, random)] : []));
    const ranked = rankMistakes(answers);
    expect(ranked.length).toBeGreaterThan(60);
    expect(worstMistakes(answers, images, goldens).map(({ image }) => image)).toEqual(
      ranked.slice(0, 60).map(({ row }) => row.path),
    );
  });

  it('has no nearest picture where its class has no training picture of that kind', () => {
    const random = new Random('alone');
    const all = embeddedImages(random);
    const row = { ...all.rows.find(({ split, ok }) => split === 'val' && ok)!, label: 'Up' };
    const rows = [row, { ...row, path: 'dataset/train/Up/other.png', split: 'train' as const }];
    const images = { rows, embeddings: unitVectors(2, random), dimension: DIMENSION };
    const goldens = goldenSet(random);
    const [mistake] = worstMistakes([{ ...answerOf(row, goldens, random), correct: false }], images, goldens);
    expect(mistake!.nearestRight!.image).toBe('dataset/train/Up/other.png');
    expect(mistake!.nearestWrong).toBeNull();
  });
});

function embeddedImages(random: Random, perKind = 6): EmbeddedImages {
  const rows = SYNTHETIC_CLASSES.flatMap((classKey) =>
    [...ORIENTATIONS, null].flatMap((orientation) =>
      Array.from({ length: perKind }, (_, i): ManifestRow => {
        const label = orientation ?? NG_LABEL;
        const split = i % 2 === 0 ? 'train' : 'val';
        return {
          path: `dataset/${split}/${label}/${classKeyId(classKey)}_${i}.png`,
          sourcePath: `${i}.png`,
          sourceDigest: `${i}`,
          classKey,
          orientation,
          rotationCwDeg: 0,
          split,
          label,
          ok: orientation !== null,
          groupId: `${classKeyId(classKey)}/${label}/${i}`,
        };
      }),
    ),
  );
  return { rows, embeddings: unitVectors(rows.length, random), dimension: DIMENSION };
}

/** One of each class and orientation, and of the first class an NG reference. */
function goldenSet(random: Random): EmbeddedGoldenSet {
  const goldens = SYNTHETIC_CLASSES.flatMap((classKey, c) =>
    [...ORIENTATIONS, ...(c === 0 ? [null] : [])].map((orientation) => golden(classKey, orientation)),
  );
  const set = { version: 1 as const, modelDigest: '', goldensPerClass: 1, goldens, excluded: [], missing: [] };
  return { set, embeddings: unitVectors(goldens.length, random), dimension: DIMENSION };
}

function golden(classKey: ClassKey, orientation: GoldenSample['orientation']): GoldenSample {
  const label = orientation ?? NG_LABEL;
  const id = `${classKeyId(classKey)}/${label}`;
  return {
    id,
    role: orientation === null ? 'ng' : 'ok',
    classKey,
    orientation,
    label,
    file: `${id}.png`,
    imagePath: `golden/${id}.png`,
    sourcePath: `${id}.png`,
    sourceDigest: id,
    rotationCwDeg: 0,
    groupId: id,
    embeddingDigest: '',
    represents: 1,
    why: '',
    chosenBy: 'medoid',
    health: {
      ownSimilarity: null,
      nearestOther: null,
      nearestNg: null,
      marginToOther: null,
      marginToNg: null,
      status: 'unknown',
      note: '',
    },
  };
}

/** An answer drawn at random: right, or wrong in any of the ways there are. */
function answerOf(row: ManifestRow, { set }: EmbeddedGoldenSet, random: Random): Answer {
  const predictedClass = random.pick([...ORIENTATIONS, NG_LABEL]);
  const accepted = predictedClass !== NG_LABEL;
  const decided = random.pick(set.goldens.filter(({ classKey }) => classKeyId(classKey) === classKeyId(row.classKey)));
  return {
    row,
    trueClass: row.label,
    predictedClass,
    similarity: random.uniform(-1, 1),
    correct: predictedClass === row.label,
    runnerUp: null,
    margin: null,
    threshold: random.uniform(0.2, 0.8),
    accepted,
    reason: null,
    nearestOrientation: decided.orientation,
    nearestLabel: decided.label,
    goldenId: decided.id,
    score: 0,
    ownSimilarity: null,
    turnedSimilarity: null,
    ownGolden: true,
  };
}

function expectPicture(
  actual: { image: string; label: string; similarity: number } | null,
  expected: { other: ManifestRow; similarity: number } | undefined,
): void {
  expect(actual && [actual.image, actual.label]).toEqual(expected ? [expected.other.path, expected.other.label] : null);
  if (expected) expect(actual!.similarity).toBeCloseTo(expected.similarity, 6);
}

function unitVectors(count: number, random: Random): Float32Array {
  const values = random.fillNormal(new Float32Array(count * DIMENSION), 1);
  return values.map((value, i) => {
    const start = i - (i % DIMENSION);
    return value / Math.hypot(...values.subarray(start, start + DIMENSION));
  });
}

function embeddingAt({ embeddings }: EmbeddedImages, i: number): number[] {
  return [...embeddings.subarray(i * DIMENSION, (i + 1) * DIMENSION)];
}

function goldenAt({ embeddings }: EmbeddedGoldenSet, i: number): number[] {
  return [...embeddings.subarray(i * DIMENSION, (i + 1) * DIMENSION)];
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
