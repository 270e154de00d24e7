import { AppError } from '../../common/index.js';
import type { ConfigField } from '../../infra/config/index.js';
import type { TrainConfig } from '../../training/config.js';
import type { TrainConfigOverrides } from '../settings/train-config.service.js';
import type { FormBody } from './forms.js';
import { SETTING_FIELDS } from './setting-fields.js';

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

/**
 * The changes that a sent form makes to `base`, block by block. What does not read as a number stays text, so that
 * the schema names it.
 */
export function readSettingsForm(body: FormBody, base: TrainConfig): TrainConfigOverrides {
  const overrides: Record<string, Record<string, unknown>> = {};
  for (const field of SETTING_FIELDS) {
    const sent = body?.[field.path];
    if (typeof sent !== 'string' || sent.trim() === fieldValue(valueAt(base, field.path))) continue;
    const [block = '', key = '', inner] = field.path.split('.');
    const own = (overrides[block] ??= {});
    if (inner === undefined) own[key] = readValue(field, sent.trim());
    else {
      const nested = (own[key] ??= { ...(valueAt(base, `${block}.${key}`) as object) }) as Record<string, unknown>;
      nested[inner] = readValue(field, sent.trim());
    }
  }
  return withoutUnusedBound(overrides);
}

/** A bound on escapes or overkills means nothing where both cost the same. */
function withoutUnusedBound(overrides: Record<string, Record<string, unknown>>): TrainConfigOverrides {
  const budget = overrides.evaluation?.thresholdBudget as Record<string, unknown> | undefined;
  if (budget?.kind === 'equalCost') delete budget.atMost;
  return overrides;
}

function readValue(field: ConfigField, text: string): unknown {
  if (text === '') return field.nullable ? null : undefined;
  if (field.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text;
  if (field.kind !== 'integer' && field.kind !== 'number') return text;
  return Number.isFinite(Number(text)) ? Number(text) : text;
}

/** Dotted path -> why its value will not do, of a refused configuration. */
export function problemsByField(error: AppError): ReadonlyMap<string, string> {
  const problems = error.code === 'CONFIG_INVALID' ? (error.details.problems as readonly string[] | undefined) : [];
  return new Map(
    (problems ?? []).flatMap((problem) => {
      const [path, ...rest] = problem.split(': ');
      return path === undefined ? [] : [[path, rest.join(': ').replace(/ \([^()]*\)$/, '')] as const];
    }),
  );
}

export interface SettingsChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** The values in which two configurations differ. */
export function settingsDiff(before: TrainConfig, after: TrainConfig): SettingsChange[] {
  return SETTING_FIELDS.map(({ path }) => ({
    path,
    before: fieldValue(valueAt(before, path)),
    after: fieldValue(valueAt(after, path)),
  })).filter((change) => change.before !== change.after);
}
