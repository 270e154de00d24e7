import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { loadYamlConfig, validateConfig } from '../../infra/config/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { APP_CONFIG, type AppConfig } from './app-settings.js';

export const TRAIN_CONFIG_BLOCKS = [
  'experiment',
  'model',
  'data',
  'training',
  'loss',
  'knn',
  'evaluation',
] as const satisfies readonly (keyof TrainConfig)[];

/** Blocks of a training configuration with any subset of their keys; checked only once laid over the whole. */
export type TrainConfigOverrides = Readonly<
  Partial<Record<(typeof TRAIN_CONFIG_BLOCKS)[number], Readonly<Record<string, unknown>>>>
>;

/** Resolves what a new task will train with: the current configuration with the caller's wishes over it. */
@Injectable()
export class TrainConfigService {
  constructor(@Inject(APP_CONFIG) private readonly appConfig: AppConfig) {}

  /** What `train_configs.yaml` says. */
  fromFile(): TrainConfig {
    return loadYamlConfig(join(this.appConfig.configFolder, 'train_configs.yaml'), trainConfigSchema);
  }

  /** @throws AppError `CONFIG_INVALID` naming each key, what was expected and what came. */
  async resolve(overrides: TrainConfigOverrides = {}, seed?: number): Promise<TrainConfig> {
    const wished = seed === undefined ? overrides : { ...overrides, experiment: { ...overrides.experiment, seed } };
    return layOver(this.fromFile(), wished, 'request');
  }
}

/** Block by block, key by key; the result is checked as a whole. */
export function layOver(base: TrainConfig, overrides: TrainConfigOverrides, source: string): TrainConfig {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, block] of Object.entries(overrides))
    merged[name] =
      block !== null && typeof block === 'object'
        ? { ...(base as unknown as Record<string, Record<string, unknown>>)[name], ...block }
        : block;
  return validateConfig(trainConfigSchema, merged, { source });
}
