import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { loadYamlConfig } from '../../infra/config/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { APP_CONFIG, type AppConfig } from './app-settings.js';

export interface TrainingPreset {
  /** Name of the file without its ending. */
  readonly name: string;
  /** The comment that the file begins with, in English. */
  readonly description: string;
  readonly config: TrainConfig;
}

/** Ready-made training configurations: the files of `configs/examples`. */
@Injectable()
export class TrainingPresets {
  private readonly folder: string;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.folder = join(config.configFolder, 'examples');
  }

  /** In name order; empty where the configuration folder has no examples. @throws AppError `CONFIG_INVALID` */
  async list(): Promise<TrainingPreset[]> {
    const files = await readdir(this.folder).catch(() => []);
    return Promise.all(
      files
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map(async (file): Promise<TrainingPreset> => {
          const path = join(this.folder, file);
          return {
            name: file.slice(0, -'.yaml'.length),
            description: leadingComment(await readFile(path, 'utf8')),
            config: loadYamlConfig(path, trainConfigSchema),
          };
        }),
    );
  }
}

function leadingComment(text: string): string {
  const lines = text.split(/\r?\n/);
  const end = lines.findIndex((line) => !line.startsWith('#'));
  return lines
    .slice(0, end < 0 ? lines.length : end)
    .map((line) => line.replace(/^#\s?/, ''))
    .join(' ');
}
