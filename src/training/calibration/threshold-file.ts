import { readFile } from 'node:fs/promises';
import { badInput, errorMessage, writeJsonAtomic } from '../../common/index.js';
import { classKeyId, type ClassKey } from '../../dataset/index.js';
import { thresholdSetSchema, type FittedThreshold, type ThresholdSet } from './threshold-set.js';

export async function writeThresholds(path: string, thresholds: ThresholdSet): Promise<void> {
  await writeJsonAtomic(path, thresholdSetSchema.parse(thresholds));
}

/** Reads `thresholds.json`. Throws `badInput` when it is missing, broken or of another version. */
export async function readThresholds(path: string): Promise<ThresholdSet> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw badInput(
      'THRESHOLDS_MISSING',
      `${path}: expected the thresholds of a run, got: ${errorMessage(error)}; evaluate the run first`,
    );
  }
  const parsed = thresholdSetSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw badInput('THRESHOLDS_BROKEN', `${path}: ${issue.path.join('.')}: ${issue.message}; evaluate the run again`);
}

/** The threshold of a class key, or the pooled one for a class that has none. */
export function thresholdFor(thresholds: ThresholdSet, classKey: ClassKey): FittedThreshold {
  const id = classKeyId(classKey);
  return thresholds.classes.find((fitted) => classKeyId(fitted.classKey) === id) ?? thresholds.fallback;
}
