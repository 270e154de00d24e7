import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import { AppError } from '../../common/index.js';
import { loadYamlConfig, validateConfig } from '../../infra/config/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import type { Actor } from '../tasks/actor.js';
import { APP_CONFIG, type AppConfig } from './app-settings.js';
import { ConfigVersionEntity } from './config-version.entity.js';
import { writeAudit } from '../audit/write-audit.js';

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

/** A configuration and who set it; version 0 is the file's. */
export interface ConfigVersionDto {
  readonly version: number;
  readonly config: TrainConfig;
  readonly source: 'file' | 'update' | 'reset';
  readonly changed_by: string | null;
  readonly changed_at: string | null;
}

const MOST_VERSIONS_SHOWN = 100;

/** What new tasks train with: the file's configuration, what was set since, and a caller's wishes over it. */
@Injectable()
export class TrainConfigService {
  constructor(
    private readonly dataSource: DataSource,
    @Inject(APP_CONFIG) private readonly appConfig: AppConfig,
  ) {}

  /** What `train_configs.yaml` says. */
  fromFile(): TrainConfig {
    return loadYamlConfig(join(this.appConfig.configFolder, 'train_configs.yaml'), trainConfigSchema);
  }

  async current(): Promise<ConfigVersionDto> {
    const [newest] = await this.dataSource.manager.find(ConfigVersionEntity, { order: { version: 'DESC' }, take: 1 });
    return newest ? this.toDto(newest) : this.fileVersion();
  }

  async history(): Promise<ConfigVersionDto[]> {
    const { manager } = this.dataSource;
    const rows = await manager.find(ConfigVersionEntity, { order: { version: 'DESC' }, take: MOST_VERSIONS_SHOWN });
    return rows.map((row) => this.toDto(row));
  }

  /** One version; 0 is the file's. @throws AppError `VERSION_UNKNOWN` (notFound) */
  async version(version: number): Promise<ConfigVersionDto> {
    if (version === 0) return this.fileVersion();
    const row = await this.dataSource.manager.findOneBy(ConfigVersionEntity, { version });
    if (!row) throw new AppError('notFound', 'VERSION_UNKNOWN', `There is no version ${version} of the settings.`);
    return this.toDto(row);
  }

  /** The one before it, the file's before the first. Numbers have gaps: a change that was rolled back took one. */
  async versionBefore(version: number): Promise<ConfigVersionDto> {
    const [row] = await this.dataSource.manager.find(ConfigVersionEntity, {
      where: { version: LessThan(version) },
      order: { version: 'DESC' },
      take: 1,
    });
    return row ? this.toDto(row) : this.fileVersion();
  }

  /** Makes an earlier version the current one; it becomes a new version. */
  async restore(version: number, actor: Actor): Promise<ConfigVersionDto> {
    const { config, source } = await this.version(version);
    return this.add(source === 'update' ? config : null, actor);
  }

  /** Lays a change over the current configuration for tasks started from now on. @throws AppError `CONFIG_INVALID` */
  async update(overrides: TrainConfigOverrides, actor: Actor): Promise<ConfigVersionDto> {
    const { config } = await this.current();
    return this.add(layOver(config, overrides, 'request body'), actor);
  }

  /** Goes back to what `train_configs.yaml` says, also where that is changed later. */
  async reset(actor: Actor): Promise<ConfigVersionDto> {
    return this.add(null, actor);
  }

  /** @throws AppError `CONFIG_INVALID` naming each key, what was expected and what came. */
  async resolve(overrides: TrainConfigOverrides = {}, seed?: number): Promise<TrainConfig> {
    const wished = seed === undefined ? overrides : { ...overrides, experiment: { ...overrides.experiment, seed } };
    return layOver((await this.current()).config, wished, 'request');
  }

  private async add(config: TrainConfig | null, actor: Actor): Promise<ConfigVersionDto> {
    const before = await this.current();
    const change = { config, changedBy: actor.name, changedFrom: actor.from, changedAt: new Date() };
    return this.dataSource.transaction(async (manager) => {
      const row = await manager.save(manager.create(ConfigVersionEntity, change));
      const after = this.toDto(row);
      await writeAudit(manager, actor, {
        action: config === null ? 'config.reset' : 'config.update',
        target: 'config',
        before: { version: before.version, config: before.config },
        after: { version: after.version, config: after.config },
      });
      return after;
    });
  }

  private fileVersion(): ConfigVersionDto {
    return { version: 0, config: this.fromFile(), source: 'file', changed_by: null, changed_at: null };
  }

  private toDto({ version, config, changedBy, changedAt }: ConfigVersionEntity): ConfigVersionDto {
    return {
      version,
      // A later release may know more keys than the one that stored this.
      config: config === null ? this.fromFile() : trainConfigSchema.parse(config),
      source: config === null ? 'reset' : 'update',
      changed_by: changedBy,
      changed_at: changedAt.toISOString(),
    };
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
