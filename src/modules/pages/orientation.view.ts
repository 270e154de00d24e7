import type { EarlierAnswerDto, OrientationClassDto, OrientationSamplesDto } from '../orientation/orientation-dto.js';
import { rawPictureUrl } from '../orientation/orientation.service.js';
import { shortId } from './format.js';
import type { I18n } from './i18n/index.js';

/** In the order of the keys 1 to 4, which is a clockwise turn; 0 skips. */
const CHOICES = [
  { value: 'Up', symbol: '↑', key: 1 },
  { value: 'Right', symbol: '→', key: 2 },
  { value: 'Down', symbol: '↓', key: 3 },
  { value: 'Left', symbol: '←', key: 4 },
  { value: 'skip', symbol: '', key: 0 },
] as const;

const SYMMETRIES = [1, 2, 4] as const;
const MIXED_NAMES_SHOWN = 3;
const MIXED_PICTURES_SHOWN = 6;

/** Form fields are numbered by class, since class names may hold any character. */
export const fieldOf = (index: number): string => `class_${index}`;
export const symmetryFieldOf = (index: number): string => `symmetry_${index}`;

/** A picture that looks more like its class when turned, as the samples step found it. */
export interface MixedImage {
  readonly folder: string;
  readonly file: string;
}

export interface GateState {
  /** What the form was sent with, by class folder, when it comes back with problems. */
  readonly sent?: Readonly<Record<string, unknown>>;
  readonly problems?: readonly string[];
  /** The answers came after somebody else's. */
  readonly late?: boolean;
  readonly mixed?: readonly MixedImage[];
  readonly earlier?: readonly EarlierAnswerDto[];
}

/** View of views/orientation.hbs. */
export function orientationView(
  samples: OrientationSamplesDto,
  i18n: I18n,
  state: GateState = {},
): { readonly title: string } & Record<string, unknown> {
  const open = samples.status === 'pending_orientation';
  const classes = samples.classes.map((one, index) => classView(samples.task_id, one, index, i18n, state));
  const suggested = classes.filter((one) => one.suggestion !== null).length;
  const confirmed =
    samples.confirmed_by !== null && samples.confirmed_at !== null
      ? i18n.t(state.late ? 'orientation.confirmedElsewhere' : 'orientation.confirmedBy', {
          by: samples.confirmed_by,
          at: i18n.dateTime(samples.confirmed_at),
        })
      : undefined;
  const draft =
    open && samples.draft_saved_by !== null && samples.draft_saved_at !== null
      ? i18n.t('orientation.draftBy', { by: samples.draft_saved_by, at: i18n.dateTime(samples.draft_saved_at) })
      : undefined;
  const done = classes.filter((one) => one.answered).length;
  return {
    title: i18n.t('orientation.title'),
    scripts: open && classes.length > 0 ? ['orientation.js'] : [],
    taskId: samples.task_id,
    shortId: shortId(samples.task_id),
    open,
    notice: confirmed ?? (open || samples.status === 'pending' ? draft : i18n.t('orientation.ended')),
    noticeStyle: state.late ? 'error' : confirmed ? 'done' : '',
    problems: state.problems,
    classCount: classes.length,
    done,
    progress: i18n.t('orientation.progress', { done, total: classes.length }),
    takeAllText: open && suggested > 0 ? i18n.t('orientation.takeAll', { count: suggested }) : null,
    confirmText: i18n.t('orientation.confirm', { count: classes.length }),
    classes,
    summary: CHOICES.map(({ value, symbol }) => ({ value, symbol, label: i18n.t(`orientation.${value}`) })),
    texts: JSON.stringify({
      progress: i18n.t('orientation.progress', { done: '{done}', total: '{total}' }),
      open: i18n.t('orientation.open', { count: '{count}' }),
      saved: i18n.t('orientation.saved'),
      saving: i18n.t('orientation.saving'),
      notSaved: i18n.t('orientation.notSaved'),
      pictureOf: i18n.t('orientation.pictureOf', { number: '{number}', component: '{component}' }),
    }),
    emptyReason: i18n.t(samples.status === 'pending' ? 'orientation.reading' : 'orientation.tooEarly'),
  };
}

function classView(
  taskId: string,
  one: OrientationClassDto,
  index: number,
  i18n: I18n,
  { sent, mixed = [], earlier = [] }: GateState,
): { readonly answered: boolean; readonly suggestion: unknown } & Record<string, unknown> {
  const before = earlier.find((other) => other.class === one.class);
  const given = readAnswer(sent === undefined ? (one.answer ?? one.draft) : sent[one.class]);
  const odd = mixed.filter(({ folder }) => folder === one.class);
  const files = odd.slice(0, MIXED_NAMES_SHOWN).map(({ file }) => file);
  return {
    folder: one.class,
    component: one.component,
    sub: i18n.t('orientation.sub', { product: one.product, light: one.light }),
    field: fieldOf(index),
    symmetryField: symmetryFieldOf(index),
    answered: given.orientation !== undefined,
    missing: sent !== undefined && given.orientation === undefined,
    counts: i18n.t('orientation.counts', { ok: one.ok_count, ng: one.ng_count }),
    samples: one.samples.map((sample, i) => ({
      url: sample.url,
      first: i === 0,
      alt: i18n.t('orientation.sample', { number: i + 1, component: one.component, light: one.light }),
      zoom: i18n.t('orientation.zoom', { number: i + 1, component: one.component }),
    })),
    choices: CHOICES.map((choice) => ({
      ...choice,
      label: i18n.t(`orientation.${choice.value}`),
      checked: given.orientation === choice.value,
    })),
    symmetries: SYMMETRIES.map((value) => ({
      value,
      label: i18n.t(`orientation.symmetry${value}`),
      selected: given.symmetry === value,
    })),
    suggestion: before === undefined ? null : suggestionView(before, i18n),
    oddPictures: odd.slice(0, MIXED_PICTURES_SHOWN).map(({ file }) => ({
      url: rawPictureUrl(taskId, one.class, file),
      alt: file,
    })),
    mixed:
      odd.length === 0
        ? null
        : i18n.t('orientation.mixed', {
            count: odd.length,
            files: files.join(', ') + (odd.length > files.length ? ' …' : ''),
          }),
  };
}

function suggestionView({ answer, by, at, line_id: line, task_id: id }: EarlierAnswerDto, i18n: I18n) {
  const { orientation, symmetry } = readAnswer(answer);
  const known = CHOICES.find(({ value }) => value === orientation);
  return {
    orientation,
    symmetry,
    url: `/tasks/${id}`,
    label: `${known?.symbol ?? ''} ${known ? i18n.t(`orientation.${known.value}`) : ''}`.trim(),
    source: i18n.t('orientation.lastTime', { by, at: i18n.dateTime(at), line, task: shortId(id) }),
  };
}

/** Answers are stored as `"Up"` or `{orientation: "Up", symmetry: 2}`. */
function readAnswer(value: unknown): { orientation?: unknown; symmetry?: unknown } {
  if (typeof value !== 'object' || value === null) return { orientation: value ?? undefined, symmetry: 1 };
  return value;
}
