import type { GoldenHealth, GoldenSample } from '../../training/golden-samples/index.js';
import type { TaskError } from '../tasks/task-error.js';
import type { GoldenFigures } from './golden-change.entity.js';

/** A golden sample as the last evaluation used it. */
export interface GoldenDto {
  readonly id: string;
  readonly role: GoldenSample['role'];
  /** Folder name of its class. */
  readonly class: string;
  readonly product: string;
  readonly component: string;
  readonly light: string;
  /** Null for NG references. */
  readonly orientation: GoldenSample['orientation'];
  readonly label: string;
  /** Path in the data set's manifest. */
  readonly image: string;
  readonly picture_url: string;
  readonly chosen_by: GoldenSample['chosenBy'];
  readonly why: string;
  readonly represents: number;
  readonly health: GoldenHealth;
  /** A swap that the evaluation has not caught up with yet; `image` null is Polarline's own choice again. */
  readonly queued: { readonly image: string | null; readonly picture_url: string | null } | null;
}

export interface GoldenChangeDto {
  readonly id: number;
  readonly golden: string;
  readonly from: string;
  readonly to: string | null;
  readonly reason: string;
  readonly undoes: number | null;
  readonly undone_by: number | null;
  readonly by: string;
  readonly at: string;
  readonly status: 'queued' | 'done' | 'failed';
  readonly finished_at: string | null;
  readonly error: TaskError | null;
  readonly before: GoldenFigures | null;
  readonly after: GoldenFigures | null;
}

export interface GoldenSetDto {
  readonly task_id: string;
  /** `current`: the results are of these golden samples; else an evaluation with the swaps waits or is at work. */
  readonly evaluation: 'current' | 'queued' | 'running';
  readonly figures: GoldenFigures | null;
  readonly goldens: readonly GoldenDto[];
  /** Newest first. */
  readonly history: readonly GoldenChangeDto[];
  readonly can_undo: boolean;
}

export interface GoldenCandidateDto {
  readonly image: string;
  readonly picture_url: string;
  readonly source: string;
  readonly rotation_cw_deg: number;
  readonly is_golden: boolean;
}

export interface GoldenCandidatesDto {
  readonly task_id: string;
  readonly golden: string;
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  /** Training images of its class and orientation; originals first. */
  readonly candidates: readonly GoldenCandidateDto[];
}
