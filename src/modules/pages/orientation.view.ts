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
const ANGLES_SHOWN = 4;

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
  const classes = samples.classes.map((one, index) => classView(samples.task_id, one, index, i18n, { ...state, open }));
  const suggested = classes.filter((one) => one.takeable).length;
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
  { sent, mixed = [], earlier = [], open }: GateState & { readonly open: boolean },
): { readonly answered: boolean; readonly takeable: boolean } & Record<string, unknown> {
  const before = earlier.find((other) => other.class === one.class);
  const suggestion = before === undefined || !open ? null : suggestionView(before, i18n);
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
    angle: angleText(one, i18n),
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
    suggestion,
    takeable: suggestion !== null && suggestion.doubt === null,
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

/** What the metadata tells of how the class is mounted: information, since it does not say where a picture's top is. */
function angleText({ angles, ok_count: ok, ng_count: ng }: OrientationClassDto, i18n: I18n): string | null {
  const counted = Object.entries(angles ?? {}).sort(([, a], [, b]) => b - a);
  const [most] = counted;
  if (most === undefined) return null;
  if (counted.length === 1)
    return i18n.t('orientation.angle', { angle: Number(most[0]), count: most[1], total: ok + ng });
  const shown = counted.slice(0, ANGLES_SHOWN).map(([angle, count]) => `${angle}° (${i18n.number(count)})`);
  return i18n.t('orientation.angles', { angles: shown.join(', ') + (counted.length > ANGLES_SHOWN ? ' …' : '') });
}

/** Last time's answer. Where the part is mounted another way now, it is told with the doubt and cannot be taken. */
function suggestionView(earlier: EarlierAnswerDto, i18n: I18n) {
  const { orientation, symmetry } = readAnswer(earlier.answer);
  const { by, at, line_id: line, task_id: id, by_angle: angles } = earlier;
  const answer = answerText(orientation, i18n);
  const source = i18n.t('orientation.lastTime', { by, at: i18n.dateTime(at), line, task: shortId(id) });
  const same = angles?.holds ? i18n.t('orientation.sameAngle', { angle: angles.now_deg }) : null;
  return {
    orientation,
    symmetry,
    url: `/tasks/${id}`,
    label: answer,
    source: [source, same].filter((text) => text !== null).join('; '),
    doubt: angles && !angles.holds ? doubtText(answer, angles, i18n) : null,
  };
}

function doubtText(answer: string, angles: NonNullable<EarlierAnswerDto['by_angle']>, i18n: I18n): string {
  const values = { answer, then: angles.then_deg, now: angles.now_deg };
  if (angles.candidates.length === 0) return i18n.t('orientation.otherAngle', values);
  const candidates = i18n.either(angles.candidates.map((one) => answerText(one, i18n)));
  return i18n.t('orientation.otherAngleProbably', { ...values, candidates });
}

function answerText(orientation: unknown, i18n: I18n): string {
  const known = CHOICES.find(({ value }) => value === orientation);
  return `${known?.symbol ?? ''} ${known ? i18n.t(`orientation.${known.value}`) : ''}`.trim();
}

/** Answers are stored as `"Up"` or `{orientation: "Up", symmetry: 2}`. */
function readAnswer(value: unknown): { orientation?: unknown; symmetry?: unknown } {
  if (typeof value !== 'object' || value === null) return { orientation: value ?? undefined, symmetry: 1 };
  return value;
}
