import { classKeyId, type ClassKey, type ManifestRow, type RotationCwDeg } from '../../dataset/index.js';
import {
  cosine,
  embeddingOf,
  indicesWhere,
  integerCodes,
  pickImages,
  type EmbeddedImages,
} from '../golden-samples/index.js';
import { nearestNeighbours } from '../metrics/index.js';
import type { Statement, TextKey } from '../report-texts/index.js';

export const DOUBT_KINDS = [
  'leak',
  'nearDuplicateOtherLabel',
  'mixedOrientation',
  'turnedAgainstClass',
  'neighboursDisagree',
] as const;
export type DoubtKind = (typeof DOUBT_KINDS)[number];

/** Something about one original image that a person should look at. */
export interface LabelDoubt {
  readonly kind: DoubtKind;
  readonly row: ManifestRow;
  /** What its label might be instead; empty when nothing is suggested. */
  readonly suggested: string;
  /** 0..1, how strongly the evidence speaks. */
  readonly score: number;
  readonly reason: Statement;
  /** The image that speaks loudest against it, relative to the run folder. */
  readonly evidence: string;
}

const VOTERS = 10;
const MIN_DISAGREEMENT = 0.6;
const SAME_PICTURE_COSINE = 0.9995;
/** Class mates that an image is compared with in all four rotations. */
const MAX_MATES = 40;
const MIXED_SHARE = 0.1;
const MIN_MIXED_SOURCES = 2;
/** By how much a turned class mate must be more similar before the image counts as turned. */
const TURN_MARGIN = 0.02;

/**
 * Everything doubtful about labels and split, the worst first: leaks between the sides, near-duplicates
 * under different labels, classes that hold several orientations, and images whose neighbours carry
 * another label. Looks at training and held-out images alike.
 */
export async function reviewLabels(images: EmbeddedImages): Promise<LabelDoubt[]> {
  const doubts = [...findLeaks(images), ...(await doubtsFromNeighbours(images)), ...findTurned(images)];
  const order = (doubt: LabelDoubt): number => DOUBT_KINDS.indexOf(doubt.kind);
  const sorted = doubts.sort(
    (a, b) =>
      order(a) - order(b) ||
      b.score - a.score ||
      a.row.rotationCwDeg - b.row.rotationCwDeg ||
      (a.row.path < b.row.path ? -1 : 1),
  );
  return withoutRepeats(sorted);
}

/** One source with images on both sides of the split, or the same bytes under two names. */
function findLeaks(images: EmbeddedImages): LabelDoubt[] {
  const doubts: LabelDoubt[] = [];
  const firstOf = new Map<string, ManifestRow>();
  const side = (row: ManifestRow): string => (row.split === 'val' ? 'val' : 'train');
  for (const row of images.rows) {
    const shared: [TextKey, string][] = [
      ['doubt.leak.source', row.sourcePath],
      ['doubt.leak.bytes', row.sourceDigest],
      ['doubt.leak.group', row.groupId],
    ];
    for (const [key, what] of shared) {
      const first = firstOf.get(`${key} ${what}`);
      if (first === undefined) firstOf.set(`${key} ${what}`, row);
      else if (side(first) !== side(row))
        doubts.push({
          kind: 'leak',
          row: side(row) === 'val' ? row : first,
          suggested: '',
          score: 1,
          reason: { key, values: {} },
          evidence: (side(row) === 'val' ? first : row).path,
        });
    }
  }
  return doubts;
}

async function doubtsFromNeighbours(images: EmbeddedImages): Promise<LabelDoubt[]> {
  const queries = indicesWhere(images, (row) => row.rotationCwDeg === 0);
  if (queries.length === 0) return [];
  const groups = integerCodes(images.rows.map((row) => row.groupId)).codes;
  const { indices, similarities } = await nearestNeighbours({
    ...pickImages(images, queries),
    groups: Int32Array.from(queries, (i) => groups[i]!),
    gallery: { embeddings: images.embeddings, groups },
    k: VOTERS,
  });
  return queries.flatMap((index, q) => {
    const row = images.rows[index]!;
    const slots = Array.from({ length: VOTERS }, (_, n) => q * VOTERS + n).filter((slot) => indices[slot]! >= 0);
    const neighbours = slots.map((slot) => ({ row: images.rows[indices[slot]!]!, similarity: similarities[slot]! }));
    return [...sameButOther(row, neighbours), ...outvoted(row, neighbours)];
  });
}

interface Neighbour {
  readonly row: ManifestRow;
  readonly similarity: number;
}

function sameButOther(row: ManifestRow, neighbours: readonly Neighbour[]): LabelDoubt[] {
  const twin = neighbours.find((n) => n.similarity >= SAME_PICTURE_COSINE && n.row.label !== row.label);
  if (twin !== undefined)
    return [
      {
        kind: 'nearDuplicateOtherLabel',
        row,
        suggested: twin.row.label,
        score: Math.min(1, twin.similarity),
        reason: { key: 'doubt.sameOther', values: { label: twin.row.label } },
        evidence: twin.row.path,
      },
    ];
  const across = neighbours.find(
    (n) =>
      n.similarity >= SAME_PICTURE_COSINE && row.split === 'val' && n.row.split !== 'val' && n.row.rotationCwDeg === 0,
  );
  // Parts of one class can be alike to the last bit of an embedding; only the same class is worth a look.
  if (across === undefined || classKeyId(across.row.classKey) !== classKeyId(row.classKey)) return [];
  return [
    {
      kind: 'leak',
      row,
      suggested: '',
      score: Math.min(1, across.similarity) - 0.5,
      reason: { key: 'doubt.possibleLeak', values: {} },
      evidence: across.row.path,
    },
  ];
}

function outvoted(row: ManifestRow, neighbours: readonly Neighbour[]): LabelDoubt[] {
  const weight = (n: Neighbour): number => Math.max(0, n.similarity);
  const total = neighbours.reduce((sum, n) => sum + weight(n), 0);
  const votes = new Map<string, number>();
  for (const n of neighbours) votes.set(n.row.label, (votes.get(n.row.label) ?? 0) + weight(n));
  const [suggested, votesFor] = [...votes].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [row.label, 0]);
  const disagreement = total === 0 ? 0 : 1 - (votes.get(row.label) ?? 0) / total;
  if (suggested === row.label || disagreement < MIN_DISAGREEMENT) return [];
  const count = neighbours.filter((n) => n.row.label === suggested).length;
  return [
    {
      kind: 'neighboursDisagree',
      row,
      suggested,
      score: (disagreement * votesFor) / total,
      reason: { key: 'doubt.neighbours', values: { count, total: neighbours.length, label: suggested } },
      evidence: neighbours.find((n) => n.row.label === suggested)!.row.path,
    },
  ];
}

/**
 * Compares every good original with the four rotations of its class mates. Where a mate fits best when
 * turned, the two were mounted or confirmed differently; which of them is the odd one follows from the
 * majority. This needs no label at all.
 */
function findTurned(images: EmbeddedImages): LabelDoubt[] {
  const byClass = new Map<string, number[]>();
  images.rows.forEach((row, i) => {
    if (!row.ok) return;
    const id = classKeyId(row.classKey);
    const known = byClass.get(id);
    if (known === undefined) byClass.set(id, [i]);
    else known.push(i);
  });
  return [...byClass.values()].flatMap((members) => turnedInClass(images, members));
}

interface Source {
  readonly row: ManifestRow;
  readonly copies: ReadonlyMap<RotationCwDeg, number>;
}

function turnedInClass(images: EmbeddedImages, members: readonly number[]): LabelDoubt[] {
  const sources = sourcesOf(images, members);
  if (sources.length < 3) return [];
  const turned = sources.flatMap((source) => {
    const found = turnAgainst(images, source, spread(sources, MAX_MATES));
    return found === null ? [] : [{ source, ...found }];
  });
  return turned.map(({ source, angleCwDeg, votes, voters, evidence }): LabelDoubt => {
    // A second way of mounting shows as several images turned by the same angle.
    const alike = turned.filter((other) => other.angleCwDeg === angleCwDeg).length;
    const mixed = alike >= MIN_MIXED_SOURCES && alike / sources.length >= MIXED_SHARE;
    const odd = { votes, voters, angle: angleCwDeg };
    const { classKey } = source.row;
    return {
      kind: mixed ? 'mixedOrientation' : 'turnedAgainstClass',
      row: source.row,
      suggested: '',
      score: votes / voters,
      reason: mixed
        ? { key: 'doubt.mixed', values: { ...odd, alike, total: sources.length, class: describeKey(classKey) } }
        : { key: 'doubt.turned', values: odd },
      evidence,
    };
  });
}

function sourcesOf(images: EmbeddedImages, members: readonly number[]): Source[] {
  const bySource = new Map<string, Map<RotationCwDeg, number>>();
  for (const i of members) {
    const row = images.rows[i]!;
    const copies = bySource.get(row.sourcePath) ?? new Map<RotationCwDeg, number>();
    bySource.set(row.sourcePath, copies.set(row.rotationCwDeg, i));
  }
  return [...bySource.values()]
    .filter((copies) => copies.size === 4)
    .map((copies) => ({ row: images.rows[copies.get(0)!]!, copies }));
}

/** How most class mates would have to be turned to fit this image, when that is not "not at all". */
function turnAgainst(
  images: EmbeddedImages,
  source: Source,
  mates: readonly Source[],
): { angleCwDeg: RotationCwDeg; votes: number; voters: number; evidence: string } | null {
  const own = embeddingOf(images, source.copies.get(0)!);
  const votes = new Map<RotationCwDeg, { count: number; evidence: string; similarity: number }>();
  let voters = 0;
  for (const mate of mates) {
    if (mate.row.groupId === source.row.groupId) continue;
    const upright = cosine(own, embeddingOf(images, mate.copies.get(0)!));
    let [best, bestSimilarity]: [RotationCwDeg, number] = [0, upright + TURN_MARGIN];
    for (const [angle, index] of mate.copies) {
      // Of a symmetric part some turns look the same: fitting best so says nothing.
      if (angle !== 0 && images.rows[index]!.orientation === mate.row.orientation) continue;
      const similarity = angle === 0 ? upright : cosine(own, embeddingOf(images, index));
      if (similarity > bestSimilarity) [best, bestSimilarity] = [angle, similarity];
    }
    voters++;
    const vote = votes.get(best) ?? { count: 0, evidence: '', similarity: -1 };
    const louder = bestSimilarity > vote.similarity;
    votes.set(best, {
      count: vote.count + 1,
      evidence: louder ? images.rows[mate.copies.get(best)!]!.path : vote.evidence,
      similarity: Math.max(vote.similarity, bestSimilarity),
    });
  }
  const winner = [...votes].reduce<[RotationCwDeg, { count: number; evidence: string }] | null>(
    (best, vote) => (best === null || vote[1].count > best[1].count ? vote : best),
    null,
  );
  if (winner === null || winner[0] === 0 || winner[1].count * 2 <= voters) return null;
  return { angleCwDeg: winner[0], votes: winner[1].count, voters, evidence: winner[1].evidence };
}

/** Evenly spaced members of a long list: the same ones every time. */
function spread<T>(items: readonly T[], count: number): readonly T[] {
  if (items.length <= count) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

/** The first (worst) doubt of every image and kind. */
function withoutRepeats(doubts: readonly LabelDoubt[]): LabelDoubt[] {
  const seen = new Set<string>();
  return doubts.filter(({ kind, row }) => {
    const key = `${kind} ${row.sourcePath}`;
    return !seen.has(key) && seen.add(key);
  });
}

function describeKey({ product, component, light }: ClassKey): string {
  return [product, component, light].join(' ');
}
