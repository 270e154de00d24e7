import { AppError } from '../../common/index.js';
import type { ConfigField } from '../../infra/config/index.js';
import type { TrainConfig } from '../../training/config.js';
import type { TrainConfigOverrides } from '../settings/train-config.service.js';
import type { FormBody } from './forms.js';
import { fieldValue, readFieldText, SETTING_FIELDS, valueAt, withoutUnusedBound } from './setting-fields.js';

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
    if (inner === undefined) own[key] = readSent(field, sent);
    else {
      const nested = (own[key] ??= { ...(valueAt(base, `${block}.${key}`) as object) }) as Record<string, unknown>;
      nested[inner] = readSent(field, sent);
    }
  }
  return withoutUnusedBound(overrides);
}

/** A field that was emptied, and may not be, goes back to the default. */
function readSent(field: ConfigField, sent: string): unknown {
  const value = readFieldText(field, sent);
  return value === '' ? undefined : value;
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
