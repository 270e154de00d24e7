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
  'evaluation.reportLanguage',
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

/** The value at a dotted path, or undefined. */
export function valueAt(config: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], config);
}

/** Text of a value as a form field holds it; null and undefined are empty. */
export function fieldValue(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A setting's value as its field shows it. */
export function settingText(config: TrainConfig, path: string): string {
  return fieldValue(valueAt(config, path));
}

/**
 * What a field's text means, blanks aside. Null for an empty field that may be; what is no number stays text, so that
 * the schema says what was expected.
 */
export function readFieldText({ kind, nullable }: ConfigField, sent: string): unknown {
  const text = sent.trim();
  if (text === '') return nullable ? null : text;
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return (kind === 'number' || kind === 'integer') && Number.isFinite(Number(text)) ? Number(text) : text;
}

/** A bound on escapes or overkills means nothing where both cost the same. */
export function withoutUnusedBound(overrides: Record<string, Record<string, unknown>>): TrainConfigOverrides {
  const budget = overrides.evaluation?.thresholdBudget as { kind?: unknown; atMost?: unknown } | undefined;
  if (budget?.kind === 'equalCost') delete budget.atMost;
  return overrides;
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
  return withoutUnusedBound(wishes);
}

/** A switch that is off sends nothing. */
function valueOf(field: ConfigField, raw: unknown): unknown {
  if (field.kind === 'boolean') return raw !== undefined;
  return typeof raw === 'string' ? readFieldText(field, raw) : undefined;
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
