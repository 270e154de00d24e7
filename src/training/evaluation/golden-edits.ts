import {
  readGoldenSet,
  swapGolden,
  embeddingOf,
  type EmbeddedGoldenSet,
  type EmbeddedImages,
} from '../golden-samples/index.js';
import { badInput } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';

/** Changes the golden samples before they are used: how a person's choice gets in. */
export type GoldenEdit = (goldens: EmbeddedGoldenSet, images: EmbeddedImages) => Promise<EmbeddedGoldenSet>;

/** Goes on with the golden samples of the last evaluation where they are of the same model, with a person's choices. */
export function keepGoldens(runFolder: string): GoldenEdit {
  return async (fresh) => {
    const kept = await readGoldenSet(new RunFolder(runFolder).goldenSamples).catch(() => null);
    return kept !== null && kept.set.modelDigest === fresh.set.modelDigest ? kept : fresh;
  };
}

/** Which golden sample goes, and which image of the data set takes its place (its path in the manifest). */
export interface GoldenChoice {
  readonly id: string;
  readonly imagePath: string;
  readonly why: string;
}

/**
 * Puts a person's choices into the set. An image must be a training image of the golden sample's class and
 * orientation: one from validation would be judged by itself.
 */
export function applyChoices(
  choices: readonly GoldenChoice[],
): (goldens: EmbeddedGoldenSet, images: EmbeddedImages) => EmbeddedGoldenSet {
  return (goldens, images) =>
    choices.reduce((set, { id, imagePath, why }) => {
      const at = images.rows.findIndex((row) => row.path === imagePath);
      const row = images.rows[at];
      if (row === undefined)
        throw badInput(
          'GOLDEN_IMAGE_UNKNOWN',
          `golden ${id}: expected an image of dataset/manifest.jsonl, got "${imagePath}"`,
        );
      const old = set.set.goldens.find((golden) => golden.id === id);
      if (
        old !== undefined &&
        (row.label !== old.label || row.split === 'val' || !sameClass(row.classKey, old.classKey))
      )
        throw badInput(
          'GOLDEN_IMAGE_UNSUITABLE',
          `golden ${id}: expected a training image of its class labelled ${old.label}, got ${imagePath} (${row.split}, ${row.label})`,
        );
      return swapGolden(set, { id, image: row, embedding: embeddingOf(images, at).slice(), why });
    }, goldens);
}

function sameClass(a: { product: string; component: string; light: string }, b: typeof a): boolean {
  return a.product === b.product && a.component === b.component && a.light === b.light;
}
