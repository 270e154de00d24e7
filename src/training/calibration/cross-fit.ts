import { createHash } from 'node:crypto';
import { classKeyId, type ClassKey } from '../../dataset/index.js';
import {
  fitThresholds,
  poolLevels,
  type CalibrationSample,
  type FittedThresholds,
  type ThresholdFitSpec,
} from './fit-thresholds.js';

const FOLDS = 10;

/**
 * Thresholds for judging the very images that thresholds are fitted on, without looking at the answer:
 * groups are dealt into ten folds, and each fold is judged by thresholds fitted on the other nine.
 * What it estimates is how the thresholds fitted on all of them (the ones that are shipped) will do, so
 * every fold is pooled as they are, though it may leave a class fewer sources than a class on its own needs.
 */
export function crossFitThresholds(
  spec: ThresholdFitSpec,
): (sample: { classKey: ClassKey; groupId: string }) => number {
  const foldOf = dealFolds(spec.samples);
  const levels = poolLevels(spec.samples);
  const fitted: FittedThresholds[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = spec.samples.filter((sample) => foldOf.get(sample.groupId) !== fold);
    fitted.push(fitThresholds({ ...spec, samples: others }, levels));
  }
  const onAll = fitThresholds(spec, levels);
  return ({ classKey, groupId }) => {
    const fold = foldOf.get(groupId);
    return (fold === undefined ? onAll : fitted[fold]!).of(classKey).threshold;
  };
}

/** Deals groups evenly within class key and side, in an order that only the group's name decides. */
function dealFolds(samples: readonly CalibrationSample[]): Map<string, number> {
  const order = new Map<string, string>();
  for (const { groupId, classKey, ok } of samples)
    if (!order.has(groupId)) order.set(groupId, `${ok} ${classKeyId(classKey)} ${digest(groupId)}`);
  const dealt = [...order].sort(([, a], [, b]) => (a < b ? -1 : 1));
  return new Map(dealt.map(([groupId], i) => [groupId, i % FOLDS]));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
