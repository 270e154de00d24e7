import { TaskEventEntity, type TaskEventKind } from './task-event.entity.js';
import type { TaskStatus } from './task-state.js';
import type { StepStatus } from './task-step.entity.js';
import type { StepName } from './task-steps.js';
import type { TaskError } from './task-error.js';
import type { TaskCounts, TaskEntity } from './task.entity.js';

/** A task as REST, pages and command line show it. Times are ISO 8601 in UTC. */
export interface TaskDto {
  readonly task_id: string;
  readonly status: TaskStatus;
  readonly current_step: StepName | null;
  readonly progress: number;
  readonly site: string;
  readonly line_id: string;
  readonly input_dir: string;
  readonly output_dir: string;
  readonly run_folder: string;
  readonly counts: TaskCounts;
  readonly error: TaskError | null;
  readonly created_by: string;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly confirmed_at: string | null;
  readonly finished_at: string | null;
  readonly updated_at: string;
}

export interface TaskStepDto {
  readonly name: StepName;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly duration_ms: number | null;
  readonly result: Record<string, unknown> | null;
}

export interface TaskDetailDto extends TaskDto {
  readonly steps: readonly TaskStepDto[];
  /** Figures of the newest epoch, e.g. `{epoch, trainLoss, mapAtR, imagesPerSecond, secondsLeft}`. */
  readonly latest_epoch: Record<string, unknown> | null;
  readonly config: TaskEntity['config'];
}

export interface TaskEventDto {
  readonly id: number;
  readonly at: string;
  readonly kind: TaskEventKind;
  readonly data: Record<string, unknown>;
}

export interface TaskPageDto {
  readonly tasks: readonly TaskDto[];
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  /** For `cursor`: the page after this one; null on the last. */
  readonly next: string | null;
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toTaskDto(task: TaskEntity): TaskDto {
  return {
    task_id: task.id,
    status: task.status,
    current_step: task.currentStep,
    progress: task.progress,
    site: task.site,
    line_id: task.lineId,
    input_dir: task.inputDir,
    output_dir: task.outputDir,
    run_folder: task.runFolder,
    counts: task.counts,
    error: task.error,
    created_by: task.createdBy,
    created_at: task.createdAt.toISOString(),
    started_at: iso(task.startedAt),
    confirmed_at: iso(task.confirmedAt),
    finished_at: iso(task.finishedAt),
    updated_at: task.updatedAt.toISOString(),
  };
}

export function toEventDto(event: TaskEventEntity): TaskEventDto {
  return { id: Number(event.id), at: event.at.toISOString(), kind: event.kind, data: event.data };
}
