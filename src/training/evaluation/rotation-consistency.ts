import {
  canonicalOrientation,
  classKeyId,
  turnCw,
  type ClassKey,
  type ManifestRow,
  type SymmetryOrder,
} from '../../dataset/index.js';
import type { Answer } from './answers.js';
import { errorRate, type ErrorRate } from './rates.js';

export interface ClassConsistency {
  readonly classKey: ClassKey;
  /** Turned copies whose answer did not turn with them. */
  readonly inconsistent: ErrorRate;
}

export interface RotationConsistency {
  readonly inconsistent: ErrorRate;
  /** Class keys, the least consistent first. */
  readonly classes: readonly ClassConsistency[];
  /** Sources of which at least one turned copy broke the rule. */
  readonly failures: readonly { readonly row: ManifestRow; readonly answered: readonly string[] }[];
}

/**
 * Turning an image by 90° clockwise must move its answer one step clockwise, whatever the label says:
 * a figure of quality that no labelling mistake can flatter. The answer is the nearest golden sample's
 * orientation, before any threshold. Of a part confirmed as symmetric, turns that look the same share one name.
 */
export function rotationConsistency(answers: readonly Answer[], confidence: number): RotationConsistency {
  const bySource = new Map<string, Answer[]>();
  for (const answer of answers) {
    if (!answer.row.ok) continue;
    const key = `${classKeyId(answer.row.classKey)} ${answer.row.sourcePath}`;
    bySource.set(key, [...(bySource.get(key) ?? []), answer]);
  }
  const counts = new Map<string, { classKey: ClassKey; wrong: number; seen: number }>();
  const failures: { row: ManifestRow; answered: string[] }[] = [];
  for (const copies of bySource.values()) {
    const original = copies.find((answer) => answer.row.rotationCwDeg === 0);
    const start = original?.nearestOrientation;
    if (original === undefined || start === undefined || start === null) continue;
    const turned = copies.filter((answer) => answer.row.rotationCwDeg !== 0);
    const symmetry = symmetryOf(copies.map(({ row }) => row));
    const wrong = turned.filter(
      (copy) => copy.nearestOrientation !== canonicalOrientation(turnCw(start, copy.row.rotationCwDeg), symmetry),
    );
    const id = classKeyId(original.row.classKey);
    const count = counts.get(id) ?? { classKey: original.row.classKey, wrong: 0, seen: 0 };
    counts.set(id, { ...count, wrong: count.wrong + wrong.length, seen: count.seen + turned.length });
    if (wrong.length > 0)
      failures.push({
        row: original.row,
        answered: copies.map((copy) => `${copy.row.rotationCwDeg}°: ${copy.nearestOrientation ?? '–'}`),
      });
  }
  const classes = [...counts.values()]
    .filter(({ seen }) => seen > 0)
    .map(({ classKey, wrong, seen }) => ({ classKey, inconsistent: errorRate(wrong, seen, confidence) }))
    .sort((a, b) => b.inconsistent.rate! - a.inconsistent.rate!);
  const total = (of: (rate: ErrorRate) => number): number => classes.reduce((sum, c) => sum + of(c.inconsistent), 0);
  const inconsistent = errorRate(
    total((rate) => rate.wrong),
    total((rate) => rate.seen),
    confidence,
  );
  return { inconsistent, classes, failures };
}

/** How symmetric a part was said to be: its four copies have four names, two, or one. */
function symmetryOf(copies: readonly ManifestRow[]): SymmetryOrder {
  const names = new Set(copies.map(({ orientation }) => orientation)).size;
  if (copies.length < 4 || names === 4) return 1;
  return names === 2 ? 2 : 4;
}
