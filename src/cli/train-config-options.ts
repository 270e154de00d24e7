import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { applyOverrides, loadYamlConfig, validateConfig } from '../infra/config/index.js';
import { trainConfigSchema } from '../training/config.js';
import type { TrainConfigOverrides } from '../modules/settings/index.js';

/**
 * The training settings asked for on the command line: a YAML file, and `key.path=value` over it. Both are
 * checked here, so that a mistake is told with its line before anything is started.
 * Returns only what was asked for; the rest comes from the configuration folder.
 */
export async function trainConfigWishes(
  configPath: string | undefined,
  assignments: readonly string[],
): Promise<TrainConfigOverrides> {
  if (configPath === undefined) {
    const wishes = applyOverrides({}, assignments);
    validateConfig(trainConfigSchema, wishes, {
      source: '--set',
      locate: (path) => assignments.find((one) => one.startsWith(path.map(String).join('.'))) ?? '--set',
    });
    return wishes as TrainConfigOverrides;
  }
  loadYamlConfig(configPath, trainConfigSchema, { overrides: assignments });
  const file: unknown = parse(await readFile(configPath, 'utf8'));
  return applyOverrides(file, assignments) as TrainConfigOverrides;
}
