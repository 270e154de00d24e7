import { createHash } from 'node:crypto';
import { Random } from '../../common/index.js';
import {
  classKeyId,
  nameClasses,
  ORIENTATIONS,
  type ClassKey,
  type ClassNaming,
  type Orientation,
} from '../../dataset/index.js';
import { cosine, embeddingOf, indicesWhere, pickImages, type EmbeddedImages } from './embedded-images.js';
import { findLabelDoubts, findOutliers } from './exclusions.js';
import type { EmbeddedGoldenSet, GoldenSample, GoldenSet } from './golden-set.js';
import { assessHealth } from './health.js';
import { chooseMedoids } from './medoids.js';

export interface GoldenSpec {
  /** Training images only: a golden sample must not come from the images it is judged on. */
  readonly images: EmbeddedImages;
  readonly goldensPerClass: number;
  /** `ng: class`: also choose references of what a defect looks like. */
  readonly withNgReferences: boolean;
  readonly modelDigest: string;
  readonly seed: number;
}

/** Above this cosine two images show the same thing; both as golden samples would be one too many. */
const NEAR_DUPLICATE_COSINE = 0.9995;
/** NG images of one class key differ more than its good ones: as many references as its four orientations have. */
const NG_REFERENCES_PER_GOLDEN = 4;

interface Pool {
  readonly classKey: ClassKey;
  readonly orientation: Orientation | null;
  /** Row numbers in the spec's images. */
  readonly members: readonly number[];
}

/**
 * Chooses the golden samples: for every class key and orientation up to k medoids among the training
 * images, originals before rotated copies, without outliers, doubtful labels and near-duplicates.
 */
export async function selectGoldens(spec: GoldenSpec): Promise<EmbeddedGoldenSet> {
  const { images } = spec;
  const naming = nameClasses(images.rows.map((row) => row.classKey));
  const excluded: GoldenSet['excluded'] = [];
  const missing: GoldenSet['missing'] = [];
  const goldens: GoldenSample[] = [];
  const chosen: number[] = [];
  for (const classKey of naming.folders.map((folder) => naming.keyOf(folder)!)) {
    const id = classKeyId(classKey);
    const ofClass = indicesWhere(images, (row) => classKeyId(row.classKey) === id);
    const doubts = await doubtfulRows(images, ofClass);
    for (const pool of poolsOf(images, classKey, ofClass, spec.withNgReferences)) {
      const choice = chooseInPool(spec, pool, doubts);
      excluded.push(...choice.excluded);
      if (choice.chosen.length === 0) missing.push({ ...pickKey(pool), reason: 'no training image' });
      choice.chosen.forEach((index, n) => {
        goldens.push(describe(spec, naming, pool, ofClass, choice, index, n));
        chosen.push(index);
      });
    }
  }
  const { embeddings, dimension } = pickImages(images, chosen);
  const { modelDigest, goldensPerClass } = spec;
  return {
    set: { version: 1, modelDigest, goldensPerClass, goldens, excluded, missing },
    embeddings,
    dimension,
  };
}

/** Row number (in all images) → reason. */
async function doubtfulRows(images: EmbeddedImages, ofClass: readonly number[]): Promise<Map<number, string>> {
  const doubts = await findLabelDoubts(pickImages(images, ofClass));
  return new Map([...doubts].map(([i, reason]) => [ofClass[i]!, reason]));
}

function poolsOf(images: EmbeddedImages, classKey: ClassKey, ofClass: readonly number[], withNg: boolean): Pool[] {
  const rowsWhere = (test: (i: number) => boolean): number[] => ofClass.filter(test);
  const pools: Pool[] = ORIENTATIONS.map((orientation) => ({
    classKey,
    orientation,
    members: rowsWhere((i) => images.rows[i]!.ok && images.rows[i]!.orientation === orientation),
  }));
  const ng = rowsWhere((i) => !images.rows[i]!.ok);
  // A class of NG images alone has no orientation to stand for; say so once, not four times.
  const good = pools.some((pool) => pool.members.length > 0) ? pools : [{ classKey, orientation: null, members: [] }];
  return withNg && ng.length > 0 ? [...good, { classKey, orientation: null, members: ng }] : good;
}

interface Choice {
  readonly chosen: readonly number[];
  readonly excluded: GoldenSet['excluded'];
  readonly tier: 'originals' | 'rotated copies';
  readonly candidates: number;
}

function chooseInPool(spec: GoldenSpec, pool: Pool, doubts: ReadonlyMap<number, string>): Choice {
  const { images } = spec;
  const outliers =
    pool.orientation === null ? new Map<number, string>() : findOutliers(pickImages(images, pool.members));
  const reasons = new Map<number, string>();
  pool.members.forEach((index, i) => {
    const reason = (pool.orientation === null ? undefined : doubts.get(index)) ?? outliers.get(i);
    if (reason !== undefined) reasons.set(index, reason);
  });
  const isOriginal = (index: number): boolean => images.rows[index]!.rotationCwDeg === 0;
  const sound = pool.members.filter((index) => !reasons.has(index));
  // A doubtful original stands behind sound copies; and where all is doubtful, it is still better than nothing.
  const candidates =
    [sound.filter(isOriginal), sound, pool.members.filter(isOriginal)].find((list) => list.length > 0) ?? pool.members;
  const picked = pickImages(images, candidates);
  const compatible = (a: number, b: number): boolean =>
    picked.rows[a]!.groupId !== picked.rows[b]!.groupId &&
    cosine(embeddingOf(picked, a), embeddingOf(picked, b)) < NEAR_DUPLICATE_COSINE;
  const k = spec.goldensPerClass * (pool.orientation === null ? NG_REFERENCES_PER_GOLDEN : 1);
  const random = new Random(`${spec.seed}/golden/${classKeyId(pool.classKey)}/${pool.orientation ?? 'NG'}`);
  const medoids = chooseMedoids(picked, { k, random, compatible });
  return {
    chosen: medoids.map((i) => candidates[i]!),
    excluded: [...reasons].map(([index, reason]) => ({ imagePath: images.rows[index]!.path, reason })),
    tier: candidates.every(isOriginal) ? 'originals' : 'rotated copies',
    candidates: candidates.length,
  };
}

function describe(
  spec: GoldenSpec,
  naming: ClassNaming,
  pool: Pool,
  ofClass: readonly number[],
  choice: Choice,
  index: number,
  n: number,
): GoldenSample {
  const { images } = spec;
  const row = images.rows[index]!;
  const embedding = embeddingOf(images, index);
  const name = `${naming.folderOf(pool.classKey)}/${pool.orientation ?? 'NG'}_${n + 1}`;
  const served = pool.members.filter((member) => nearestOf(images, choice.chosen, member) === index);
  const otherSources = served.filter((member) => images.rows[member]!.groupId !== row.groupId);
  return {
    id: name,
    role: row.ok ? 'ok' : 'ng',
    classKey: pool.classKey,
    orientation: pool.orientation,
    label: row.label,
    file: `${name}${extensionOf(row.path)}`,
    imagePath: row.path,
    sourcePath: row.sourcePath,
    sourceDigest: row.sourceDigest,
    rotationCwDeg: row.rotationCwDeg,
    groupId: row.groupId,
    embeddingDigest: embeddingDigest(embedding),
    represents: served.length,
    why: whyText(choice, n),
    chosenBy: 'medoid',
    health: assessHealth({
      embedding,
      members: pickImages(images, otherSources),
      others: pickImages(images, othersOf(images, ofClass, pool, row.ok)),
      ng: row.ok
        ? pickImages(
            images,
            ofClass.filter((i) => !images.rows[i]!.ok),
          )
        : pickImages(images, []),
    }),
  };
}

/** What a golden sample must be told from: other orientations of its class; for an NG reference all good images. */
function othersOf(images: EmbeddedImages, ofClass: readonly number[], pool: Pool, ok: boolean): number[] {
  return ofClass.filter((i) => images.rows[i]!.ok && (!ok || images.rows[i]!.orientation !== pool.orientation));
}

function nearestOf(images: EmbeddedImages, chosen: readonly number[], member: number): number {
  const similarityTo = (index: number): number => cosine(embeddingOf(images, index), embeddingOf(images, member));
  return chosen.reduce((best, index) => (similarityTo(index) > similarityTo(best) ? index : best), chosen[0]!);
}

function whyText({ chosen, tier, candidates }: Choice, n: number): string {
  if (candidates === 1) return `the only one among ${tier}`;
  return chosen.length === 1
    ? `medoid of ${candidates} ${tier}`
    : `medoid ${n + 1} of ${chosen.length} that cover ${candidates} ${tier}`;
}

/** SHA-256 of an embedding's float32 bytes, little-endian. */
export function embeddingDigest(embedding: Float32Array): string {
  const bytes = Buffer.alloc(embedding.length * 4);
  embedding.forEach((value, i) => bytes.writeFloatLE(value, i * 4));
  return createHash('sha256').update(bytes).digest('hex');
}

function pickKey({ classKey, orientation }: Pool): { classKey: ClassKey; orientation: Orientation | null } {
  return { classKey, orientation };
}

function extensionOf(path: string): string {
  return /\.[A-Za-z0-9]{1,8}$/.exec(path)?.[0] ?? '';
}
