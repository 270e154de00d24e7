import { configFields, type ConfigField } from '../../infra/config/index.js';
import { trainConfigSchema, type TrainConfig } from '../../training/config.js';
import { TRAIN_CONFIG_BLOCKS, type TrainConfigOverrides } from '../settings/train-config.service.js';

/** What most people change; the rest is under "advanced". */
export const SIMPLE_SETTINGS: readonly string[] = [
  'experiment.name',
  'model.backbone',
  'data.imageSizePx',
  'training.maxEpochs',
  'training.batchSize',
  'training.learningRate',
  'training.enableEarlyStopping',
  'training.patience',
  'evaluation.goldensPerClass',
  'evaluation.thresholdBudget.kind',
  'evaluation.thresholdBudget.atMost',
];

/** Every setting, in the order of `train_configs.yaml`. */
export const SETTING_FIELDS: readonly ConfigField[] = configFields(trainConfigSchema).filter(({ path }) =>
  TRAIN_CONFIG_BLOCKS.some((block) => path.startsWith(`${block}.`)),
);

const FIELD_PREFIX = 's.';
/** Says that the form had settings at all, since a switch that is off sends nothing. */
export const SETTINGS_SENT = 'settings_sent';

export function settingFieldName(path: string): string {
  return `${FIELD_PREFIX}${path}`;
}

/** A setting's value as its field shows it. */
export function settingText(config: TrainConfig, path: string): string {
  return valueText(
    path.split('.').reduce<unknown>((part, key) => (part as Record<string, unknown> | null)?.[key], config),
  );
}

/** Empty for what is null or was left out. */
export function valueText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The settings of a sent form, as wishes over the current configuration; null where the form had none. */
export function settingsOfForm(form: Readonly<Record<string, unknown>>): TrainConfigOverrides | null {
  if (form[SETTINGS_SENT] === undefined) return null;
  const wishes: Record<string, Record<string, unknown>> = {};
  for (const field of SETTING_FIELDS) {
    const [block, key, part] = field.path.split('.') as [string, string, string?];
    const own = (wishes[block] ??= {});
    const value = valueOf(field, form[settingFieldName(field.path)]);
    if (part === undefined) own[key] = value;
    else if (value !== undefined && value !== '') own[key] = { ...(own[key] as object | undefined), [part]: value };
  }
  const budget = wishes.evaluation?.thresholdBudget as { kind?: unknown; atMost?: unknown } | undefined;
  if (budget?.kind === 'equalCost') delete budget.atMost;
  return wishes;
}

function valueOf(field: ConfigField, raw: unknown): unknown {
  if (field.kind === 'boolean') return raw !== undefined;
  if (typeof raw !== 'string') return undefined;
  const text = raw.trim();
  if (text === '') return field.nullable ? null : text;
  // What is no number goes on as it came: the check of the whole says what was expected.
  return (field.kind === 'number' || field.kind === 'integer') && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** `1–10000`, `> 0, ≤ 1`; empty where any value is allowed. */
export function boundsText({ minimum, maximum, aboveMinimum }: ConfigField): string {
  if (minimum !== null && maximum !== null && !aboveMinimum) return `${minimum}–${maximum}`;
  const parts = [
    minimum === null ? '' : `${aboveMinimum ? '>' : '≥'} ${minimum}`,
    maximum === null ? '' : `≤ ${maximum}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}
