import { badInput } from '../../common/index.js';
import { RunFolder, type ManifestRow } from '../../dataset/index.js';
import {
  embeddingOf,
  findGolden,
  isSamePlace,
  placeOf,
  readGoldenSet,
  reassessPool,
  restoreGolden,
  swapGolden,
  type EmbeddedGoldenSet,
  type EmbeddedImages,
  type GoldenSample,
  type GoldenSet,
} from '../golden-samples/index.js';

/** Changes the golden samples before they are used: how a person's choice gets in. */
export type GoldenEdit = (fresh: EmbeddedGoldenSet, images: EmbeddedImages) => Promise<EmbeddedGoldenSet>;

/** Which golden sample goes, and which image of the data set takes its place. */
export interface GoldenChoice {
  readonly id: string;
  /** Its path in the manifest; null takes a person's choice back. */
  readonly imagePath: string | null;
  readonly why: string;
}

/**
 * Goes on with the golden samples of the last evaluation, a person's among them, where they are of the same model
 * and as many a class; then puts these choices in. Doing it twice changes nothing more.
 * @throws AppError `GOLDEN_UNKNOWN`, `GOLDEN_IMAGE_UNKNOWN`, `GOLDEN_IMAGE_UNSUITABLE`
 */
export function editGoldens(runFolder: string, choices: readonly GoldenChoice[] = []): GoldenEdit {
  return async (fresh, images) => applyChoices(choices)(await keptGoldens(runFolder, fresh), fresh, images);
}

async function keptGoldens(runFolder: string, fresh: EmbeddedGoldenSet): Promise<EmbeddedGoldenSet> {
  const kept = await readGoldenSet(new RunFolder(runFolder).goldenSamples).catch(() => null);
  const fits =
    kept?.set.modelDigest === fresh.set.modelDigest && kept.set.goldensPerClass === fresh.set.goldensPerClass;
  return kept !== null && fits ? kept : fresh;
}

/** Puts a person's choices into the set `goldens`; `fresh` is what would have been chosen without any person. */
export function applyChoices(
  choices: readonly GoldenChoice[],
): (goldens: EmbeddedGoldenSet, fresh: EmbeddedGoldenSet, images: EmbeddedImages) => EmbeddedGoldenSet {
  return (goldens, fresh, images) =>
    choices.reduce((set, { id, imagePath, why }) => {
      const old = findGolden(set.set, id);
      if (imagePath === null) return reassessPool(restoreGolden(set, id, fresh), images, old);
      const at = images.rows.findIndex((row) => row.path === imagePath);
      const row = assertSuitable(set.set, id, imagePath, images.rows[at]);
      if (old.chosenBy === 'person' && old.imagePath === imagePath && old.why === why) return set;
      const swapped = swapGolden(set, { id, image: row, embedding: embeddingOf(images, at).slice(), why });
      return reassessPool(swapped, images, old);
    }, goldens);
}

/**
 * An image that may take the place of a golden sample: a training image of its class and orientation (one from
 * validation would be judged by itself), and not of a source that another golden sample there shows already.
 */
export function assertSuitable(
  set: Pick<GoldenSet, 'goldens'>,
  id: string,
  imagePath: string,
  row: ManifestRow | undefined,
): ManifestRow {
  const golden = findGolden(set, id);
  if (row === undefined)
    throw badInput(
      'GOLDEN_IMAGE_UNKNOWN',
      `golden sample ${id}: expected the path of an image of dataset/manifest.jsonl, got "${imagePath}"`,
    );
  if (row.split !== 'train' || !isSamePlace(golden, placeOf(row)))
    throw badInput(
      'GOLDEN_IMAGE_UNSUITABLE',
      `golden sample ${id}: expected a training image of ${placeName(golden)}, got ${imagePath}, which is of ${placeName(placeOf(row))} in ${row.split}`,
    );
  const twin = set.goldens.find(
    (other) => other.id !== id && isSamePlace(other, golden) && other.groupId === row.groupId,
  );
  if (twin !== undefined)
    throw badInput(
      'GOLDEN_IMAGE_UNSUITABLE',
      `golden sample ${id}: expected an image of another board or component than ${twin.id} has, got ${imagePath} of the same source; two of one source show the same thing`,
    );
  return row;
}

/** True for images that `assertSuitable` takes in the place of this golden sample. */
export function isSuitable(set: Pick<GoldenSet, 'goldens'>, golden: GoldenSample, row: ManifestRow): boolean {
  const isTwin = (other: GoldenSample): boolean =>
    other.id !== golden.id && isSamePlace(other, golden) && other.groupId === row.groupId;
  return row.split === 'train' && isSamePlace(golden, placeOf(row)) && !set.goldens.some(isTwin);
}

function placeName({ classKey, orientation }: Pick<GoldenSample, 'classKey' | 'orientation'>): string {
  return `${classKey.product} ${classKey.component} ${classKey.light} ${orientation ?? 'NG'}`;
}
