import type { TaskStatus } from '../tasks/task-state.js';

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
