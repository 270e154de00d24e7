import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { classKeyId, type ManifestRow } from '../../dataset/index.js';
import { cosine, embeddingOf, type EmbeddedGoldenSet, type EmbeddedImages } from '../golden-samples/index.js';
import type { Answer } from './answers.js';

const picture = z.strictObject({ image: z.string(), label: z.string(), similarity: z.number() });

const mistakeSchema = z.strictObject({
  kind: z.enum(['escape', 'wrongOrientation', 'falseCall']),
  image: z.string(),
  classKey: z.strictObject({ product: z.string(), component: z.string(), light: z.string() }),
  trueClass: z.string(),
  predictedClass: z.string(),
  similarity: z.number(),
  threshold: z.number(),
  /** The golden sample that decided, and the one that should have. */
  golden: picture,
  ownGolden: picture.nullable(),
  /** Most similar training images of its class key: with its own label, and with another. */
  nearestRight: picture.nullable(),
  nearestWrong: picture.nullable(),
});

/** `results/mistakes.json`: the mistakes that a person should look at first, with what they were mistaken for. */
export const worstMistakesSchema = z.strictObject({ version: z.literal(1), mistakes: z.array(mistakeSchema) });
export type WorstMistake = z.output<typeof mistakeSchema>;

const MOST = 60;

/** Wrong answers, the worst first: a missed defect outweighs a wrong orientation, that outweighs a false call. */
export function rankMistakes(answers: readonly Answer[]): Answer[] {
  return answers.filter(({ correct }) => !correct).sort((a, b) => severity(b) - severity(a));
}

/** The worst mistakes with the pictures that explain them. Compares within the class key alone. */
export function worstMistakes(
  answers: readonly Answer[],
  images: EmbeddedImages,
  goldens: EmbeddedGoldenSet,
): WorstMistake[] {
  const indexOf = new Map(images.rows.map((row, i) => [row.path, i]));
  const training = new Map<string, number[]>();
  images.rows.forEach((row, i) => {
    if (row.split !== 'train') return;
    const id = classKeyId(row.classKey);
    const mates = training.get(id);
    if (mates) mates.push(i);
    else training.set(id, [i]);
  });
  return rankMistakes(answers)
    .slice(0, MOST)
    .map((answer): WorstMistake => {
      const { row, trueClass } = answer;
      const own = embeddingOf(images, indexOf.get(row.path)!);
      const mates = training.get(classKeyId(row.classKey)) ?? [];
      const decided = goldens.set.goldens.findIndex(({ id }) => id === answer.goldenId);
      return {
        kind: kindOf(answer),
        image: row.path,
        classKey: row.classKey,
        trueClass,
        predictedClass: answer.predictedClass,
        similarity: answer.similarity,
        threshold: answer.threshold,
        golden: goldenPicture(goldens, decided, own),
        ownGolden: ownGolden(goldens, answer, own),
        nearestRight: nearest(images, mates, own, (label) => label === trueClass),
        nearestWrong: nearest(images, mates, own, (label) => label !== trueClass),
      };
    });
}

/** Null for runs that were evaluated before this file existed, or whose file is damaged. */
export async function readWorstMistakes(path: string): Promise<WorstMistake[] | null> {
  try {
    return worstMistakesSchema.parse(JSON.parse(await readFile(path, 'utf8'))).mistakes;
  } catch {
    return null;
  }
}

function severity(answer: Answer): number {
  const weight = { escape: 4, wrongOrientation: 2, falseCall: 0 }[kindOf(answer)];
  return weight + Math.abs(answer.similarity - answer.threshold);
}

function kindOf({ row, accepted, predictedClass }: Answer): WorstMistake['kind'] {
  if (!row.ok && accepted) return 'escape';
  return predictedClass === 'NG' ? 'falseCall' : 'wrongOrientation';
}

function goldenPicture({ set, embeddings, dimension }: EmbeddedGoldenSet, index: number, own: Float32Array) {
  const golden = set.goldens[index]!;
  const similarity = cosine(own, embeddings.subarray(index * dimension, (index + 1) * dimension));
  return { image: golden.imagePath, label: golden.label, similarity };
}

/** The golden sample that it should have been nearest to; none for an NG image without NG references. */
function ownGolden(goldens: EmbeddedGoldenSet, { row, trueClass, goldenId }: Answer, own: Float32Array) {
  const fitting = goldens.set.goldens.flatMap((golden, i) =>
    golden.label === trueClass && classKeyId(golden.classKey) === classKeyId(row.classKey) && golden.id !== goldenId
      ? [goldenPicture(goldens, i, own)]
      : [],
  );
  return mostSimilar(fitting);
}

function nearest(
  images: EmbeddedImages,
  candidates: readonly number[],
  own: Float32Array,
  fits: (label: ManifestRow['label']) => boolean,
) {
  return mostSimilar(
    candidates.flatMap((i) => {
      const { path, label } = images.rows[i]!;
      return fits(label) ? [{ image: path, label, similarity: cosine(own, embeddingOf(images, i)) }] : [];
    }),
  );
}

function mostSimilar<T extends { readonly similarity: number }>(pictures: readonly T[]): T | null {
  return pictures.reduce<T | null>(
    (best, one) => (best === null || one.similarity > best.similarity ? one : best),
    null,
  );
}
