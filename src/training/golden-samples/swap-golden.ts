import { badInput } from '../../common/index.js';
import type { ManifestRow } from '../../dataset/index.js';
import type { EmbeddedGoldenSet, GoldenSample } from './golden-set.js';
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

/** A copy of the set with one golden sample replaced by a person's choice; health is then unknown. */
export function swapGolden(goldens: EmbeddedGoldenSet, swap: GoldenSwap): EmbeddedGoldenSet {
  const { set, embeddings, dimension } = goldens;
  const at = set.goldens.findIndex((golden) => golden.id === swap.id);
  if (at < 0)
    throw badInput(
      'GOLDEN_UNKNOWN',
      `golden sample "${swap.id}": expected one of ${set.goldens.map((golden) => golden.id).join(', ')}`,
    );
  if (swap.embedding.length !== dimension)
    throw badInput('EMBEDDING_SIZES_DIFFER', `expected an embedding of ${dimension}, got ${swap.embedding.length}`);
  const old = set.goldens[at]!;
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
    health: {
      ownSimilarity: null,
      nearestOther: null,
      nearestNg: null,
      marginToOther: null,
      marginToNg: null,
      status: 'unknown',
      note: 'chosen by a person; the evaluation shows how it does',
    },
  };
  const changed = embeddings.slice();
  changed.set(swap.embedding, at * dimension);
  return {
    set: { ...set, goldens: set.goldens.map((golden, i) => (i === at ? replacement : golden)) },
    embeddings: changed,
    dimension,
  };
}
