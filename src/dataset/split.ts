import { createHash } from 'node:crypto';
import type { ClassKey } from './class-key.js';
import type { ClassifiedImage } from './classified-image.js';
import { LookAlikes } from './look-alikes.js';
import { findNearDuplicates, MIN_CORRELATION } from './near-duplicates.js';
import {
  CORRELATION_STEPS,
  countBy,
  groupBySource,
  stratumOf,
  type SourceGroup,
  type SourceGroups,
} from './source-groups.js';

export type Side = 'train' | 'val';

export interface SplitSpec {
  /** Share of the images asked for validation, 0..1. */
  readonly validationShare: number;
  readonly seed: number;
  /** Perceptual-hash distance worth a closer look, bits of 64. */
  readonly nearDuplicateBits: number;
}

/** How one class, good or NG, was divided. Counts are original images. */
export interface StratumSplit {
  readonly classKey: ClassKey;
  readonly ok: boolean;
  readonly images: number;
  readonly groups: number;
  readonly train: number;
  readonly val: number;
}

export interface SourceSplit extends SourceGroups {
  /** Side of each image, in the order of the images given. */
  readonly sides: readonly Side[];
  /** Group of each image, in the order of the images given. */
  readonly groupIds: readonly string[];
  readonly strata: readonly StratumSplit[];
}

/**
 * Decides for every source, before anything is rotated, on which side it lies. Sources are groups of
 * `groupBySource`; whole groups move. Balanced over class and OK/NG as well as groups allow; a class of good
 * parts always keeps a group to train on. Same images and seed give the same split in whatever order they come.
 */
export async function splitBySource(
  images: readonly ClassifiedImage[],
  spec: SplitSpec,
  signal?: AbortSignal,
): Promise<SourceSplit> {
  const order = images.map((_, i) => i).sort((a, b) => compare(images[a]!.relativePath, images[b]!.relativePath));
  const sorted = order.map((i) => images[i]!);
  const lookAlikes = new LookAlikes(sorted.length, CORRELATION_STEPS);
  await findNearDuplicates(sorted, { maxHashBits: spec.nearDuplicateBits, signal }, (pair) => lookAlikes.add(pair));
  const grouped = groupBySource(sorted, lookAlikes, MIN_CORRELATION);
  const strataOf = sorted.map(stratumOf);
  const chosen = chooseValidation(grouped.groups, strataOf, spec);

  const sides = new Array<Side>(images.length);
  const groupIds = new Array<string>(images.length);
  for (const group of grouped.groups) {
    for (const member of group.members) {
      sides[order[member]!] = chosen.has(group.id) ? 'val' : 'train';
      groupIds[order[member]!] = group.id;
    }
  }
  const toInput = (i: number): number => order[i]!;
  return {
    groups: grouped.groups.map((group) => ({ ...group, members: group.members.map(toInput) })),
    bindingPairs: grouped.bindingPairs.map((pair) => ({ ...pair, a: toInput(pair.a), b: toInput(pair.b) })),
    bindingPairCount: grouped.bindingPairCount,
    releasedPairs: grouped.releasedPairs,
    strictestCorrelation: grouped.strictestCorrelation,
    sides,
    groupIds,
    strata: summarize(grouped.groups, sorted, chosen),
  };
}

/**
 * Ids of the groups that go to validation. Classes with the fewest groups choose first; within a class
 * groups come in an order drawn from the seed and are taken while that brings all their classes nearer to
 * their targets.
 */
function chooseValidation(
  groups: readonly SourceGroup[],
  strataOf: readonly string[],
  { validationShare, seed }: SplitSpec,
): Set<string> {
  const countsOf = new Map(groups.map((group) => [group.id, countBy(group.members.map((i) => strataOf[i]!))]));
  const groupsOf = new Map<string, SourceGroup[]>();
  for (const group of seededOrder(groups, (g) => g.id, seed)) {
    for (const stratum of countsOf.get(group.id)!.keys()) {
      const list = groupsOf.get(stratum);
      if (list === undefined) groupsOf.set(stratum, [group]);
      else list.push(group);
    }
  }
  const targets = validationTargets(countBy(strataOf), groupsOf, validationShare, seed);
  const taken = new Map<string, number>();
  const left = new Map([...groupsOf].map(([stratum, list]) => [stratum, list.length]));
  const chosen = new Set<string>();
  const take = (group: SourceGroup): void => {
    chosen.add(group.id);
    for (const [stratum, count] of countsOf.get(group.id)!) {
      taken.set(stratum, (taken.get(stratum) ?? 0) + count);
      left.set(stratum, left.get(stratum)! - 1);
    }
  };
  const mayLeaveTraining = (group: SourceGroup): boolean =>
    [...countsOf.get(group.id)!.keys()].every((stratum) => stratum.startsWith('NG') || left.get(stratum)! > 1);
  const gain = (group: SourceGroup): number => {
    let change = 0;
    for (const [stratum, count] of countsOf.get(group.id)!) {
      const missing = targets.get(stratum)! - (taken.get(stratum) ?? 0);
      change += Math.abs(missing) - Math.abs(missing - count);
    }
    return change;
  };

  const rarestFirst = [...groupsOf.keys()].sort(
    (a, b) => groupsOf.get(a)!.length - groupsOf.get(b)!.length || compare(a, b),
  );
  for (const stratum of rarestFirst) {
    for (const group of groupsOf.get(stratum)!) {
      if (!chosen.has(group.id) && mayLeaveTraining(group) && gain(group) > 0) take(group);
    }
  }
  if (![...groupsOf.keys()].some((stratum) => stratum.startsWith('OK') && (taken.get(stratum) ?? 0) > 0)) {
    // Too few for any share to reach a whole group: one small group beats having nothing to validate on.
    const possible = seededOrder(groups, (g) => g.id, seed)
      .filter((group) => !chosen.has(group.id) && mayLeaveTraining(group) && hasOk(countsOf.get(group.id)!))
      .sort((a, b) => a.members.length - b.members.length);
    if (possible[0] !== undefined) take(possible[0]);
  }
  return chosen;
}

/** Whole images for validation a stratum: largest remainders, so that their sum meets the share. */
function validationTargets(
  sizes: ReadonlyMap<string, number>,
  groupsOf: ReadonlyMap<string, readonly SourceGroup[]>,
  share: number,
  seed: number,
): Map<string, number> {
  const divisible = [...sizes].filter(([stratum]) => stratum.startsWith('NG') || groupsOf.get(stratum)!.length > 1);
  const targets = new Map([...sizes.keys()].map((stratum) => [stratum, 0]));
  let missing = Math.round(share * divisible.reduce((sum, [, size]) => sum + size, 0));
  for (const [stratum, size] of divisible) {
    targets.set(stratum, Math.floor(share * size));
    missing -= Math.floor(share * size);
  }
  const byRemainder = seededOrder(divisible, ([stratum]) => stratum, seed).sort(
    ([, a], [, b]) => ((share * b) % 1) - ((share * a) % 1),
  );
  for (const [stratum] of byRemainder.slice(0, missing)) targets.set(stratum, targets.get(stratum)! + 1);
  return targets;
}

function summarize(
  groups: readonly SourceGroup[],
  images: readonly ClassifiedImage[],
  chosen: ReadonlySet<string>,
): StratumSplit[] {
  const byStratum = new Map<string, { image: ClassifiedImage; groups: number; train: number; val: number }>();
  for (const group of groups) {
    const seen = new Set<string>();
    for (const member of group.members) {
      const image = images[member]!;
      const stratum = stratumOf(image);
      const entry = byStratum.get(stratum) ?? { image, groups: 0, train: 0, val: 0 };
      if (!seen.has(stratum)) entry.groups++;
      seen.add(stratum);
      entry[chosen.has(group.id) ? 'val' : 'train']++;
      byStratum.set(stratum, entry);
    }
  }
  return [...byStratum]
    .sort(([a], [b]) => compare(a, b))
    .map(([, { image, groups: groupCount, train, val }]) => ({
      classKey: image.classKey,
      ok: image.ok,
      images: train + val,
      groups: groupCount,
      train,
      val,
    }));
}

/** An order drawn from the seed and the items' own keys alone, so that the order they came in has no say. */
function seededOrder<T>(items: readonly T[], keyOf: (item: T) => string, seed: number): T[] {
  return items
    .map((item) => ({
      item,
      draw: createHash('sha256')
        .update(`${seed} ${keyOf(item)}`)
        .digest('hex'),
    }))
    .sort((a, b) => compare(a.draw, b.draw))
    .map(({ item }) => item);
}

function hasOk(counts: ReadonlyMap<string, number>): boolean {
  return [...counts.keys()].some((stratum) => stratum.startsWith('OK'));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
