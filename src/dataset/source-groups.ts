import { classKeyId } from './class-key.js';
import { instanceKey, type ClassifiedImage } from './classified-image.js';
import type { LookAlikes } from './look-alikes.js';
import type { NearDuplicatePair } from './near-duplicates.js';
import { UnionFind } from './union-find.js';

/** Images that must stay on one side of the split. */
export interface SourceGroup {
  /** The smallest of the group's instance keys; `+n` says how many other instances it took in. */
  readonly id: string;
  /** Indices into the images, ascending. */
  readonly members: readonly number[];
}

export interface SourceGroups {
  readonly groups: readonly SourceGroup[];
  /** Near-duplicate pairs, fewer than images, that hold together what all binding pairs do: none may cross the split. */
  readonly bindingPairs: readonly NearDuplicatePair[];
  /** How many near-duplicate pairs bind. */
  readonly bindingPairCount: number;
  /** Look-alike pairs let go because they would have made one group of most of a class. */
  readonly releasedPairs: number;
  /** The highest correlation that was asked of any pair; MIN_CORRELATION when nothing was let go. */
  readonly strictestCorrelation: number;
}

/** Steps by which pairs inside an oversized group are asked to be more alike; the last ones always bind. */
export const CORRELATION_STEPS: readonly number[] = [0.985, 0.99, 0.993, 0.996, 0.998, 0.999];
/** A group holding more than this share of a class says "this class looks like that", not "a copy". */
const LARGEST_SHARE_OF_A_CLASS = 0.5;
/** Smaller classes are left alone: with three images a pair of copies is already most of it. */
const SMALLEST_GUARDED_CLASS = 6;

/**
 * Groups images by component instance (board, component, index), identical bytes and near-duplicate pairs.
 * Where look-alikes would merge more than half of a class into one group (line art, very even imaging),
 * the pairs of that group are asked for a higher and higher correlation, up to 0.999. A group is asked as a whole, so
 * that the forest's pairs that reach what is asked join the same images as all the pairs that do.
 * @param lookAlikes counted by CORRELATION_STEPS.
 */
export function groupBySource(
  images: readonly ClassifiedImage[],
  lookAlikes: LookAlikes,
  minCorrelation: number,
): SourceGroups {
  const classSizes = countBy(images.map(stratumOf));
  const instanceGroups = unite(images, []);
  const instancesPerClass = countBy(
    instanceGroups.flatMap((members) => [...new Set(members.map((i) => stratumOf(images[i]!)))]),
  );
  // Of each image, how many of the steps its pairs have to reach.
  const asked = new Uint8Array(images.length);
  const all = lookAlikes.reaching(asked);
  let binding = all;
  let groups = unite(images, binding.pairs);
  let strictestCorrelation = minCorrelation;
  for (const [step, correlation] of CORRELATION_STEPS.entries()) {
    if (correlation <= minCorrelation) continue;
    const oversized = groups.filter((members) => isOversized(members, images, classSizes, instancesPerClass));
    for (const image of oversized.flat()) asked[image] = step + 1;
    const kept = lookAlikes.reaching(asked);
    if (kept.count === binding.count) continue;
    binding = kept;
    strictestCorrelation = correlation;
    groups = unite(images, binding.pairs);
  }
  return {
    groups: groups.map((members) => ({ id: groupId(members, images), members })),
    bindingPairs: binding.pairs,
    bindingPairCount: binding.count,
    releasedPairs: all.count - binding.count,
    strictestCorrelation,
  };
}

/** What the split balances: class and whether the part is good. */
export function stratumOf(image: Pick<ClassifiedImage, 'classKey' | 'ok'>): string {
  return `${image.ok ? 'OK' : 'NG'} ${classKeyId(image.classKey)}`;
}

function unite(images: readonly ClassifiedImage[], pairs: readonly NearDuplicatePair[]): number[][] {
  const sets = new UnionFind(images.length);
  const first = new Map<string, number>();
  images.forEach((image, i) => {
    for (const key of [`instance ${instanceKey(image)}`, `bytes ${image.sha256}`]) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else sets.union(other, i);
    }
  });
  for (const { a, b } of pairs) sets.union(a, b);
  return sets.groups();
}

function isOversized(
  members: readonly number[],
  images: readonly ClassifiedImage[],
  classSizes: ReadonlyMap<string, number>,
  instancesPerClass: ReadonlyMap<string, number>,
): boolean {
  const counts = countBy(members.map((i) => stratumOf(images[i]!)));
  return [...counts].some(([stratum, count]) => {
    const size = classSizes.get(stratum)!;
    const guarded = size >= SMALLEST_GUARDED_CLASS && instancesPerClass.get(stratum)! > 2;
    return guarded && count > LARGEST_SHARE_OF_A_CLASS * size;
  });
}

function groupId(members: readonly number[], images: readonly ClassifiedImage[]): string {
  const instances = [...new Set(members.map((i) => instanceKey(images[i]!)))].sort();
  return instances.length === 1 ? instances[0]! : `${instances[0]!}+${instances.length - 1}`;
}

export function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
