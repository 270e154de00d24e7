import { badInput, nearest } from '../../common/index.js';
import type { ManifestRow } from '../../dataset/index.js';
import type { EmbeddedGoldenSet, GoldenSample, GoldenSet } from './golden-set.js';
import { embeddingDigest } from './select-goldens.js';

export interface GoldenSwap {
  /** Which golden sample goes: its id in the manifest, e.g. `A_IC1_R/Up_1`. */
  readonly id: string;
  /** Where the picture that takes its place came from. */
  readonly image: Pick<ManifestRow, 'path' | 'sourcePath' | 'sourceDigest' | 'rotationCwDeg' | 'groupId'>;
  /** Its embedding by the same model, L2-normalised. */
  readonly embedding: Float32Array;
  readonly why: string;
}

/**
 * A copy of the set with one golden sample replaced by a person's choice; `reassessPool` then says how it does.
 * @throws AppError `GOLDEN_UNKNOWN`
 */
export function swapGolden(goldens: EmbeddedGoldenSet, swap: GoldenSwap): EmbeddedGoldenSet {
  const { set, dimension } = goldens;
  const old = findGolden(set, swap.id);
  if (swap.embedding.length !== dimension)
    throw badInput('EMBEDDING_SIZES_DIFFER', `expected an embedding of ${dimension}, got ${swap.embedding.length}`);
  const extension = /\.[A-Za-z0-9]{1,8}$/.exec(swap.image.path)?.[0] ?? '';
  const replacement: GoldenSample = {
    ...old,
    file: `${old.id}${extension}`,
    imagePath: swap.image.path,
    sourcePath: swap.image.sourcePath,
    sourceDigest: swap.image.sourceDigest,
    rotationCwDeg: swap.image.rotationCwDeg,
    groupId: swap.image.groupId,
    embeddingDigest: embeddingDigest(swap.embedding),
    why: swap.why,
    chosenBy: 'person',
  };
  return replaceGolden(goldens, old.id, replacement, swap.embedding);
}

/** A copy of the set with one golden sample as `other` has it. @throws AppError `GOLDEN_UNKNOWN` when either has none. */
export function restoreGolden(goldens: EmbeddedGoldenSet, id: string, other: EmbeddedGoldenSet): EmbeddedGoldenSet {
  findGolden(goldens.set, id);
  const golden = findGolden(other.set, id);
  const at = other.set.goldens.indexOf(golden);
  const { dimension, embeddings } = other;
  return replaceGolden(goldens, id, golden, embeddings.subarray(at * dimension, (at + 1) * dimension));
}

/** @throws AppError `GOLDEN_UNKNOWN` naming those that there are. */
export function findGolden(set: Pick<GoldenSet, 'goldens'>, id: string): GoldenSample {
  const golden = set.goldens.find((one) => one.id === id);
  if (golden !== undefined) return golden;
  const ids = set.goldens.map((one) => one.id);
  throw badInput(
    'GOLDEN_UNKNOWN',
    `golden sample "${id}": expected an id of golden_samples/manifest.json, such as ${nearest(id, ids) ?? ids[0] ?? 'none'}`,
    { known: ids.slice(0, 500) },
  );
}

function replaceGolden(
  { set, embeddings, dimension }: EmbeddedGoldenSet,
  id: string,
  golden: GoldenSample,
  embedding: Float32Array,
): EmbeddedGoldenSet {
  const at = set.goldens.findIndex((one) => one.id === id);
  const changed = embeddings.slice();
  changed.set(embedding, at * dimension);
  return {
    set: { ...set, goldens: set.goldens.map((one, i) => (i === at ? golden : one)) },
    embeddings: changed,
    dimension,
  };
}
