import { join } from 'node:path';
import { stringify } from 'yaml';
import type { TrainConfig } from '../../training/config.js';
import type { CheckedClassDto, InputCheckDto } from '../pipeline/index.js';
import type { TrainingPreset } from '../settings/training-presets.js';
import { TRAIN_CONFIG_BLOCKS } from '../settings/train-config.service.js';
import { shortId } from './format.js';
import { reasonName, whatToDo } from './rejected.view.js';
import type { ConfigField } from '../../infra/config/index.js';
import { fieldText, type I18n } from './i18n/index.js';
import {
  boundsText,
  fieldValue,
  SETTING_FIELDS,
  settingFieldName,
  SETTINGS_SENT,
  settingText,
  SIMPLE_SETTINGS,
} from './setting-fields.js';

/** Where the images come from, as the form has it. */
export interface TrainingSource {
  readonly inputDir: string;
  readonly site: string;
  readonly lineId: string;
  readonly metadataCsv: string;
  readonly outputDir: string;
}

export interface NewTrainingState {
  readonly source: TrainingSource;
  readonly sites: readonly string[];
  /** Lines that were used before. */
  readonly lines: readonly string[];
  readonly presets: readonly TrainingPreset[];
  /** A preset's name, a task's id, or neither for the current defaults. */
  readonly preset: string;
  readonly from: string;
  /** What the settings show unless the form was sent. */
  readonly config: TrainConfig;
  /** The form as it was sent, when it comes back. */
  readonly sent?: Readonly<Record<string, unknown>>;
  readonly problems?: readonly string[];
  readonly check?: InputCheckDto | null;
  /** Makes two starts of one form one task. */
  readonly requestKey: string;
}

/** Cards with pictures; a folder with more classes lists the rest in a table. */
const MOST_CARDS = 60;
/** A class with fewer good images splits badly. */
const FEW_IMAGES = 8;

/** View of views/new-training.hbs. */
export function newTrainingView(
  state: NewTrainingState,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const { source, preset, from } = state;
  const fields = SETTING_FIELDS.map((field) => fieldView(field, state, i18n));
  return {
    title: i18n.t('newTraining.title'),
    scripts: ['new-training.js'],
    source,
    sites: [...new Set([...state.sites, ...(source.site === '' ? [] : [source.site])])].map((name) => ({
      name,
      selected: name === source.site,
    })),
    lines: state.lines,
    sourceOpen: source.metadataCsv !== '' || source.outputDir !== '',
    preset,
    from,
    bases: [
      { name: i18n.t('newTraining.current'), url: baseUrl(state, {}), selected: preset === '' && from === '' },
      ...(from === ''
        ? []
        : [
            {
              name: i18n.t('newTraining.fromTask', { id: shortId(from) }),
              url: baseUrl(state, { from }),
              selected: true,
            },
          ]),
      ...state.presets.map(({ name }) => ({ name, url: baseUrl(state, { preset: name }), selected: name === preset })),
    ],
    presetAbout: state.presets.find(({ name }) => name === preset)?.description ?? null,
    settingsSent: SETTINGS_SENT,
    simple: fields.filter(({ path }) => SIMPLE_SETTINGS.includes(path)),
    advanced: TRAIN_CONFIG_BLOCKS.map((block) => ({
      block,
      fields: fields.filter(({ path }) => path.startsWith(`${block}.`) && !SIMPLE_SETTINGS.includes(path)),
    })).filter((group) => group.fields.length > 0),
    advancedOpen: fields.some(({ path, problem }) => problem !== null && !SIMPLE_SETTINGS.includes(path)),
    yaml: stringify(state.config),
    problems: state.problems ?? [],
    check: state.check ? checkView(state.check, i18n) : null,
    requestKey: state.requestKey,
    texts: JSON.stringify({
      checking: i18n.t('newTraining.checking'),
      failed: i18n.t('newTraining.failed'),
      hasOk: i18n.t('newTraining.hasOk'),
      up: i18n.t('newTraining.up'),
      noFolders: i18n.t('newTraining.noFolders'),
      leftOut: i18n.t('newTraining.leftOut', { count: '{count}' }),
      roots: i18n.t('newTraining.roots'),
    }),
  };
}

/** The same page on another base, with the source as it stands. */
function baseUrl({ source }: NewTrainingState, base: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({
    ...base,
    input_dir: source.inputDir,
    site: source.site,
    line_id: source.lineId,
    metadata_csv: source.metadataCsv,
    output_dir: source.outputDir,
  });
  for (const [key, value] of [...query]) if (value === '') query.delete(key);
  return `/train/new?${query.toString()}`;
}

function fieldView(field: ConfigField, { sent, config, problems = [] }: NewTrainingState, i18n: I18n) {
  const { path, kind, options, minimum, maximum } = field;
  const wasSent = sent?.[SETTINGS_SENT] !== undefined;
  const raw = sent?.[settingFieldName(path)];
  const value = wasSent ? (typeof raw === 'string' ? raw : '') : settingText(config, path);
  const byDefault =
    kind === 'boolean'
      ? i18n.t(field.defaultValue === true ? 'newTraining.on' : 'newTraining.off')
      : fieldValue(field.defaultValue);
  const defaultText = i18n.t('newTraining.default', { value: byDefault || i18n.t('newTraining.empty') });
  return {
    path,
    name: settingFieldName(path),
    about: fieldText(field, i18n.language),
    hint: [boundsText(field), defaultText].filter((part) => part !== '').join('; '),
    value,
    isNumber: kind === 'number' || kind === 'integer',
    isChoice: kind === 'choice',
    isSwitch: kind === 'boolean',
    checked: kind === 'boolean' && value === 'true',
    min: minimum === null ? null : String(minimum),
    max: maximum === null ? null : String(maximum),
    step: kind === 'integer' ? '1' : 'any',
    options: options.map((name) => ({ name, selected: name === value })),
    problem: problems.find((line) => line.startsWith(`${path}:`)) ?? null,
  };
}

function checkView(check: InputCheckDto, i18n: I18n): Record<string, unknown> {
  const share = (count: number): number => (check.files === 0 ? 0 : Math.round((100 * count) / check.files));
  const rejected = check.rejected.reduce((sum, { count }) => sum + count, 0);
  const shown = check.classes.slice(0, MOST_CARDS);
  const rest = check.classes.slice(MOST_CARDS);
  return {
    inputDir: check.input_dir,
    usable: check.matched > 0,
    counts: (['files', 'parsed', 'readable', 'matched'] as const).map((key) => ({
      name: i18n.t(`newTraining.${key}`),
      value: i18n.number(check[key]),
      percent: share(check[key]),
    })),
    rejectedTitle: rejected === 0 ? null : i18n.t('newTraining.rejectedOf', { count: rejected }),
    rejected: check.rejected.map(({ code, count, examples }) => ({
      code,
      name: reasonName(code, i18n),
      count: i18n.number(count),
      examples,
      todo: whatToDo(code, i18n),
    })),
    classesTitle: i18n.t('newTraining.classesOf', { count: check.classes.length }),
    classes: shown.map((one) => classView(one, check.input_dir, i18n)),
    restTitle: rest.length === 0 ? null : i18n.t('newTraining.moreClasses', { count: rest.length }),
    rest: rest.map((one) => classView(one, check.input_dir, i18n)),
  };
}

function classView(one: CheckedClassDto, inputDir: string, i18n: I18n): Record<string, unknown> {
  return {
    folder: one.class,
    component: one.component,
    sub: i18n.t('orientation.sub', { product: one.product, light: one.light }),
    counts: i18n.t('orientation.counts', { ok: one.ok_count, ng: one.ng_count }),
    few: one.ok_count < FEW_IMAGES,
    samples: one.samples.map((relativePath, i) => ({
      url: `/training/input-picture?size=160&path=${encodeURIComponent(join(inputDir, ...relativePath.split('/')))}`,
      alt: i18n.t('newTraining.sampleOf', { number: i + 1, class: one.class }),
    })),
  };
}
