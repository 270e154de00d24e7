import { stringify } from 'yaml';
import type { ConfigField } from '../../infra/config/index.js';
import type { ConfigVersionDto } from '../settings/train-config.service.js';
import { TRAIN_CONFIG_BLOCKS } from '../settings/train-config.service.js';
import type { FormBody } from './forms.js';
import { fieldText, type I18n } from './i18n/index.js';
import type { ProblemView } from './problem.view.js';
import { fieldValue, SETTING_FIELDS, valueAt } from './setting-fields.js';
import { settingsDiff } from './settings-form.js';

type View = { readonly title: string } & Record<string, unknown>;

export interface SettingsState {
  readonly editable: boolean;
  readonly notice: string | null;
  readonly problem?: ProblemView;
  /** By dotted path, of a form that was refused. */
  readonly problems?: ReadonlyMap<string, string>;
  /** What the refused form held. */
  readonly sent?: FormBody;
}

/** View of views/settings.hbs: the form over what new tasks train with, and who changed it when. */
export function settingsView(
  current: ConfigVersionDto,
  history: readonly ConfigVersionDto[],
  i18n: I18n,
  state: SettingsState,
): View {
  const fieldView = (field: ConfigField): Record<string, unknown> => settingsField(field, current, i18n, state);
  const [newest] = history;
  return {
    title: i18n.t('settings.title'),
    scripts: ['settings.js'],
    notice: state.notice,
    problem: state.problem,
    wrong: [...(state.problems ?? [])].map(([path, text]) => ({ path, id: fieldId(path), text })),
    editable: state.editable,
    version: current.version,
    versionText: versionText(current, i18n),
    blocks: TRAIN_CONFIG_BLOCKS.map((name) => ({
      name,
      fields: SETTING_FIELDS.filter(({ path }) => path.startsWith(`${name}.`)).map(fieldView),
    })),
    history: history.map((version) => ({
      version: version.version,
      current: version.version === newest?.version,
      by: version.changed_by,
      at: version.changed_at === null ? '' : i18n.dateTime(version.changed_at),
      source: i18n.t(`settings.source.${version.source}`),
      url: `/settings/diff?to=${version.version}`,
    })),
    restorable: state.editable && history.length > 1,
    yaml: stringify(current.config),
    yamlUrl: `/settings/train_configs.yaml`,
  };
}

function settingsField(
  field: ConfigField,
  { config }: ConfigVersionDto,
  i18n: I18n,
  { sent, problems }: SettingsState,
): Record<string, unknown> {
  const { path, kind, options, nullable, defaultValue, minimum, maximum } = field;
  const given = sent?.[path];
  const value = typeof given === 'string' ? given : fieldValue(valueAt(config, path));
  const optional = nullable || defaultValue === undefined;
  const choices = kind === 'boolean' ? ['true', 'false'] : options;
  return {
    path,
    id: fieldId(path),
    name: path.split('.').slice(1).join('.'),
    text: fieldText(field, i18n.language),
    hint: [boundsText(field, i18n), defaultText(field, i18n)].filter((text) => text !== '').join(' · '),
    problem: problems?.get(path) ?? null,
    changed: value !== fieldValue(defaultValue),
    value,
    number: kind === 'integer' || kind === 'number',
    minimum,
    maximum,
    step: kind === 'integer' ? '1' : 'any',
    required: !optional,
    choices:
      choices.length === 0
        ? null
        : choices.map((choice) => ({
            value: choice,
            text: kind === 'boolean' ? i18n.t(choice === 'true' ? 'settings.yes' : 'settings.no') : choice,
            selected: choice === value,
          })),
  };
}

/** Ids may not hold dots for CSS and for `label for`. */
function fieldId(path: string): string {
  return `field-${path.replaceAll('.', '-')}`;
}

/** `32 to 1,024` in the page's language; empty for what is no number. */
export function boundsText({ minimum, maximum, aboveMinimum }: ConfigField, i18n: I18n): string {
  if (minimum === null && maximum === null) return '';
  const values = { minimum: i18n.exact(minimum ?? 0), maximum: i18n.exact(maximum ?? 0) };
  if (maximum === null) return i18n.t(aboveMinimum ? 'settings.above' : 'settings.atLeast', values);
  return i18n.t(aboveMinimum ? 'settings.aboveTo' : 'settings.range', values);
}

export function defaultText({ defaultValue }: ConfigField, i18n: I18n): string {
  if (defaultValue === undefined) return '';
  if (defaultValue === null) return i18n.t('settings.defaultEmpty');
  const value =
    typeof defaultValue === 'number'
      ? i18n.exact(defaultValue)
      : typeof defaultValue === 'boolean'
        ? i18n.t(defaultValue ? 'settings.yes' : 'settings.no')
        : fieldValue(defaultValue);
  return i18n.t('settings.default', { value });
}

function versionText(version: ConfigVersionDto, i18n: I18n): string {
  if (version.changed_by === null || version.changed_at === null) return i18n.t('settings.fromFile');
  const at = i18n.dateTime(version.changed_at);
  return i18n.t('settings.versionBy', { version: String(version.version), by: version.changed_by, at });
}

/** View of views/settings-diff.hbs: what two versions have different. */
export function settingsDiffView(
  from: ConfigVersionDto,
  to: ConfigVersionDto,
  history: readonly ConfigVersionDto[],
  i18n: I18n,
): View {
  const versions = [...new Set([...history.map(({ version }) => version), 0])];
  const list = (chosen: number): object[] =>
    versions.map((version) => ({
      version,
      text: version === 0 ? i18n.t('settings.file') : String(version),
      selected: version === chosen,
    }));
  return {
    title: i18n.t('settings.diff'),
    fromVersions: list(from.version),
    toVersions: list(to.version),
    fromText: versionText(from, i18n),
    toText: versionText(to, i18n),
    changes: settingsDiff(from.config, to.config),
  };
}
