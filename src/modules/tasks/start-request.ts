import { z } from 'zod';
import { TRAIN_CONFIG_BLOCKS, type TrainConfigOverrides } from '../settings/train-config.service.js';

/** What starts a task, in the words of the program. */
export interface StartTaskSpec {
  readonly inputDir: string;
  /** Where the run folder is made; null or absent takes the configured one. */
  readonly outputDir?: string | null;
  readonly site: string;
  readonly lineId: string;
  /** Laid over the current training configuration, block by block. */
  readonly config?: TrainConfigOverrides;
  /** A CSV export to be read instead of the site's own source. */
  readonly metadataCsv?: string | null;
  readonly seed?: number;
  /** The same key by the same caller means the same task. */
  readonly idempotencyKey?: string | null;
}

const block = z.record(z.string(), z.unknown()).optional();

/** Body of `POST /training/start`; unknown keys are errors. */
export const startBodySchema = z.strictObject({
  input_dir: z.string().min(1).max(4096),
  output_dir: z.string().min(1).max(4096).nullish(),
  site: z.string().min(1).max(64),
  line_id: z.string().min(1).max(64),
  experiment_config: block,
  training_config: block,
  model_config: block,
  data_config: block,
  loss_config: block,
  knn_config: block,
  evaluation_config: block,
  max_epochs: z.number().optional(),
  batch_size: z.number().optional(),
  learning_rate: z.number().optional(),
  patience: z.number().optional(),
  enable_early_stopping: z.boolean().optional(),
  metadata_csv: z.string().min(1).max(4096).nullish(),
  seed: z.number().optional(),
});
export type StartBody = z.output<typeof startBodySchema>;

const FLAT_TRAINING_KEYS = ['max_epochs', 'batch_size', 'learning_rate', 'patience', 'enable_early_stopping'] as const;

/** Wire names to ours: blocks take snake_case and camelCase keys alike; flat figures win over blocks. */
export function toStartSpec(body: StartBody): StartTaskSpec {
  const config: Record<string, Record<string, unknown>> = {};
  for (const name of TRAIN_CONFIG_BLOCKS) {
    const given = body[`${name}_config`];
    if (given) config[name] = camelKeys(given);
  }
  for (const key of FLAT_TRAINING_KEYS)
    if (body[key] !== undefined) config.training = { ...config.training, [camelCase(key)]: body[key] };
  return {
    inputDir: body.input_dir,
    outputDir: body.output_dir,
    site: body.site,
    lineId: body.line_id,
    config,
    metadataCsv: body.metadata_csv,
    seed: body.seed,
  };
}

export function camelCase(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** Turns the keys of plain data into camelCase, at every depth. */
export function camelKeys(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      camelCase(key),
      item !== null && typeof item === 'object' && !Array.isArray(item)
        ? camelKeys(item as Record<string, unknown>)
        : item,
    ]),
  );
}
