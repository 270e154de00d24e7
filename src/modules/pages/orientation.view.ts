import type { OrientationClassDto, OrientationSamplesDto } from '../orientation/orientation-dto.js';
import { localTime, shortId } from './format.js';

const CHOICES = [
  { value: 'Up', symbol: '↑' },
  { value: 'Right', symbol: '→' },
  { value: 'Down', symbol: '↓' },
  { value: 'Left', symbol: '←' },
  { value: 'skip', symbol: '' },
] as const;

/** Form fields are numbered by class, since class names may hold any character. */
export const fieldOf = (index: number): string => `class_${index}`;

export interface GateState {
  /** What the form was sent with, by class folder, when it comes back with problems. */
  readonly sent?: Readonly<Record<string, unknown>>;
  readonly problems?: readonly string[];
  readonly notice?: string;
}

/** View of views/orientation.hbs. */
export function orientationView(
  samples: OrientationSamplesDto,
  state: GateState = {},
): { readonly title: string } & Record<string, unknown> {
  const open = samples.status === 'pending_orientation';
  const confirmed =
    samples.confirmed_by === null || samples.confirmed_at === null
      ? undefined
      : `Confirmed by ${samples.confirmed_by} on ${localTime(samples.confirmed_at)}. The first answer stands.`;
  return {
    title: 'Orientations',
    taskId: samples.task_id,
    shortId: shortId(samples.task_id),
    open,
    notice: state.notice ?? confirmed,
    noticeStyle: confirmed ? 'done' : '',
    problems: state.problems,
    classCount: samples.classes.length,
    classes: samples.classes.map((one, index) => classView(one, index, state.sent)),
    emptyReason:
      samples.status === 'pending'
        ? 'The images are still being read. This page has something to show once the samples are chosen.'
        : 'This task ended before its samples were chosen.',
  };
}

function classView(one: OrientationClassDto, index: number, sent: GateState['sent']): Record<string, unknown> {
  const given = sent === undefined ? (one.answer ?? one.draft) : sent[one.class];
  const chosen = typeof given === 'object' && given !== null ? (given as { orientation?: unknown }).orientation : given;
  return {
    product: one.product,
    component: one.component,
    light: one.light,
    field: fieldOf(index),
    missing: sent !== undefined && chosen === undefined,
    counts: `${one.ok_count} good image${one.ok_count === 1 ? '' : 's'}, ${one.ng_count} NG`,
    samples: one.samples.map((sample, i) => ({
      url: sample.url,
      alt: `Sample ${i + 1} of ${one.component}, light ${one.light}`,
    })),
    choices: CHOICES.map((choice) => ({ ...choice, checked: chosen === choice.value })),
  };
}
