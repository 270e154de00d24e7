import { AppError } from '../../common/index.js';

/** Where a task stands. What it is doing inside a state is told by `currentStep` and `progress`. */
export const TASK_STATUSES = ['pending', 'pending_orientation', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/**
 * Every allowed move. `failed` and `cancelled` are left only by an explicit retry, which goes back to the
 * state that the finished steps speak for.
 */
export const TASK_MOVES: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  pending: ['pending_orientation', 'failed', 'cancelled'],
  pending_orientation: ['running', 'failed', 'cancelled'],
  running: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: ['pending', 'pending_orientation', 'running'],
  cancelled: ['pending', 'pending_orientation', 'running'],
};

export const INITIAL_STATUS: TaskStatus = 'pending';

/** States in which a worker has something to do; in `pending_orientation` the row waits for a person. */
export const WORKING_STATUSES: readonly TaskStatus[] = ['pending', 'running'];
/** A task that a worker may take: in a working state, or completed and to be evaluated again. */
export function hasWork(task: { readonly status: TaskStatus; readonly jobName: string | null }): boolean {
  return WORKING_STATUSES.includes(task.status) || (task.status === 'completed' && task.jobName !== null);
}

export const LIVE_STATUSES: readonly TaskStatus[] = ['pending', 'pending_orientation', 'running'];
export const ENDED_STATUSES: readonly TaskStatus[] = ['completed', 'failed', 'cancelled'];
export const RETRYABLE_STATUSES: readonly TaskStatus[] = ['failed', 'cancelled'];

export function mayMove(from: TaskStatus, to: TaskStatus): boolean {
  return TASK_MOVES[from].includes(to);
}

/** @throws AppError `ILLEGAL_TRANSITION` (conflict) when the table does not allow the move. */
export function assertMove(taskId: string, from: TaskStatus, to: TaskStatus): void {
  if (mayMove(from, to)) return;
  const allowed = TASK_MOVES[from].join(', ') || 'nothing, it has ended';
  throw new AppError(
    'conflict',
    'ILLEGAL_TRANSITION',
    `Task ${taskId} is ${from} and cannot become ${to}: from there expected ${allowed}.`,
    { taskId, from, to },
  );
}
