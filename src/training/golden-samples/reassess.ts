import { classKeyId, type ManifestRow } from '../../dataset/index.js';
import { cosine, embeddingOf, indicesWhere, pickImages, type EmbeddedImages } from './embedded-images.js';
import type { EmbeddedGoldenSet, GoldenSample } from './golden-set.js';
import { assessHealth } from './health.js';

type Place = Pick<GoldenSample, 'classKey' | 'orientation' | 'role'>;

/**
 * A copy of the set in which all golden samples of one class key, orientation and role say anew how many training
 * images they stand for and how well they tell them from others: what changes when one of them is swapped.
 */
export function reassessPool(goldens: EmbeddedGoldenSet, images: EmbeddedImages, place: Place): EmbeddedGoldenSet {
  const inPool = (other: Place): boolean => isSamePlace(place, other);
  const trained = (test: (row: ManifestRow) => boolean): number[] =>
    indicesWhere(images, (row) => row.split === 'train' && isSameClass(row, place) && test(row));
  const members = trained((row) => inPool(placeOf(row)));
  const others = pickImages(
    images,
    trained((row) => row.ok && (place.role === 'ng' || row.orientation !== place.orientation)),
  );
  const ng = pickImages(
    images,
    trained((row) => place.role === 'ok' && !row.ok),
  );
  const { dimension, set } = goldens;
  const embeddingAt = (at: number): Float32Array => goldens.embeddings.subarray(at * dimension, (at + 1) * dimension);
  const fellows = set.goldens.flatMap((golden, at) => (inPool(golden) ? [at] : []));
  const standsFor = (member: number): number => {
    const own = embeddingOf(images, member);
    const similarities = fellows.map((at) => cosine(embeddingAt(at), own));
    return fellows[similarities.indexOf(Math.max(...similarities))]!;
  };
  const serving = members.map(standsFor);
  const reassessed = set.goldens.map((golden, at): GoldenSample => {
    if (!inPool(golden)) return golden;
    const served = members.filter((_, i) => serving[i] === at);
    const otherSources = served.filter((member) => images.rows[member]!.groupId !== golden.groupId);
    const health = assessHealth({
      embedding: embeddingAt(at),
      members: pickImages(images, otherSources),
      others,
      ng,
    });
    return { ...golden, represents: served.length, health };
  });
  return { ...goldens, set: { ...set, goldens: reassessed } };
}

/** Where in a golden set an image belongs. */
export function placeOf(row: ManifestRow): Place {
  return { classKey: row.classKey, orientation: row.ok ? row.orientation : null, role: row.ok ? 'ok' : 'ng' };
}

export function isSamePlace(a: Place, b: Place): boolean {
  return a.role === b.role && a.orientation === b.orientation && isSameClass(a, b);
}

function isSameClass(a: Pick<Place, 'classKey'>, b: Pick<Place, 'classKey'>): boolean {
  return classKeyId(a.classKey) === classKeyId(b.classKey);
}
