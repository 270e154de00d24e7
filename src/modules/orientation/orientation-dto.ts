import type { Orientation } from '../../dataset/index.js';
import type { MountingAngles } from '../../orientation/index.js';
import type { TaskStatus } from '../tasks/task-state.js';

/** What was answered for the same part in an earlier task; a suggestion, never an answer. */
export interface EarlierAnswerDto {
  readonly class: string;
  /** `"Up"` or `{orientation, symmetry}`. */
  readonly answer: unknown;
  readonly task_id: string;
  readonly line_id: string;
  readonly by: string;
  readonly at: string;
  /**
   * What the mounting angles of the metadata make of it: whether the answer still holds, and else which way the part
   * may point. Null where the angles say nothing.
   */
  readonly by_angle: {
    readonly then_deg: number;
    readonly now_deg: number;
    readonly holds: boolean;
    readonly candidates: readonly Orientation[];
  } | null;
}

/** Pictures of one class, in name order. */
export interface ClassPicturesDto {
  readonly class: string;
  readonly total: number;
  readonly offset: number;
  readonly pictures: readonly { readonly file: string; readonly url: string }[];
}

/** One picture of a class. */
export interface OrientationSampleDto {
  readonly file: string;
  /** Address of the picture, relative to the server. */
  readonly url: string;
  /** Absolute path on this machine. */
  readonly path: string;
}

export interface OrientationClassDto {
  /** Folder name of the class: what answers are keyed by. */
  readonly class: string;
  readonly product: string;
  readonly component: string;
  readonly light: string;
  readonly ok_count: number;
  readonly ng_count: number;
  /** How many images the metadata gives each mounting angle, by whole degrees; null for tasks of an earlier release. */
  readonly angles: MountingAngles | null;
  readonly samples: readonly OrientationSampleDto[];
  /** The confirmed answer, or null while nobody has confirmed. */
  readonly answer: unknown;
  /** What was saved but not confirmed yet. */
  readonly draft: unknown;
}

export interface OrientationSamplesDto {
  readonly task_id: string;
  readonly status: TaskStatus;
  readonly classes: readonly OrientationClassDto[];
  readonly confirmed_by: string | null;
  readonly confirmed_at: string | null;
  readonly draft_saved_by: string | null;
  readonly draft_saved_at: string | null;
}

/** What was saved but not confirmed yet: small enough to be asked for every few seconds, whatever the number of classes. */
export interface OrientationDraftDto {
  readonly task_id: string;
  readonly status: TaskStatus;
  /** By class; those without an answer are left out. */
  readonly answers: Readonly<Record<string, unknown>>;
  readonly answered: number;
  /** How many classes there are. */
  readonly total: number;
  readonly saved_by: string | null;
  readonly saved_at: string | null;
}
