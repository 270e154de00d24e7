import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { badInput, errorMessage } from '../../common/index.js';
import { RunFolder } from '../../dataset/index.js';
import { trainConfigSchema, type TrainConfig } from '../config.js';

/** The settings a run was trained with, from its `config_used.yaml`. Throws `badInput` when they cannot be read. */
export async function readRunConfig(runFolder: string): Promise<TrainConfig> {
  const path = new RunFolder(runFolder).configUsed;
  let config: unknown;
  try {
    config = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw badInput(
      'RUN_CONFIG_MISSING',
      `${path}: expected the settings of a trained run, got: ${errorMessage(error)}; give the folder of a finished run`,
      { path },
    );
  }
  const { provenance: _provenance, ...settings } = (config ?? {}) as Record<string, unknown>;
  const parsed = trainConfigSchema.safeParse(settings);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw badInput('RUN_CONFIG_BROKEN', `${path}: ${issue.path.join('.')}: ${issue.message}`, { path });
}

/**
 * The settings of a run's last evaluation (a budget chosen by hand among them) over those it was trained with; the
 * latter alone before the first evaluation.
 */
export async function readEvaluationConfig(runFolder: string, trained?: TrainConfig): Promise<TrainConfig> {
  const config = trained ?? (await readRunConfig(runFolder));
  const last = trainConfigSchema.safeParse(await lastConfig(new RunFolder(runFolder).summaryReport));
  return last.success ? { ...config, evaluation: last.data.evaluation, knn: last.data.knn } : config;
}

/** Undefined where there is none, or only a damaged one: evaluating again is what replaces it. */
async function lastConfig(summaryReport: string): Promise<unknown> {
  try {
    const summary = JSON.parse(await readFile(summaryReport, 'utf8')) as { provenance?: { config?: unknown } } | null;
    return summary?.provenance?.config;
  } catch {
    return undefined;
  }
}
