import type { TaskDto, TaskPageDto } from '../tasks/task-dto.js';
import { duration, localTime, percent, shortId, STATUS_LABELS, STEP_TITLES } from './format.js';

export interface TaskRowView {
  readonly id: string;
  readonly shortId: string;
  readonly site: string;
  readonly line: string;
  readonly status: { readonly name: string; readonly label: string };
  readonly step: string;
  readonly percent: number;
  readonly created: string;
  readonly createdIso: string;
  readonly inputDir: string;
}

export function taskRow(task: TaskDto): TaskRowView {
  return {
    id: task.task_id,
    shortId: shortId(task.task_id),
    site: task.site,
    line: task.line_id,
    status: { name: task.status, label: STATUS_LABELS[task.status] },
    step: task.current_step === null ? '' : STEP_TITLES[task.current_step],
    percent: percent(task.progress),
    created: localTime(task.created_at),
    createdIso: task.created_at,
    inputDir: task.input_dir,
  };
}

/** View of views/dashboard.hbs. */
export function dashboardView(
  page: TaskPageDto,
  waiting: readonly TaskDto[],
  now: Date,
): {
  readonly title: string;
} & Record<string, unknown> {
  const { offset, limit, total } = page;
  const last = offset + page.tasks.length;
  return {
    title: 'Tasks',
    tasks: page.tasks.map(taskRow),
    waiting: waiting.map((task) => ({
      ...taskRow(task),
      classes: task.counts.classes ?? 0,
      age: duration(now.getTime() - new Date(task.updated_at).getTime()),
    })),
    range: total === 0 ? '' : `${offset + 1} to ${last} of ${total}`,
    previous: offset > 0 ? `/?offset=${Math.max(0, offset - limit)}` : null,
    next: last < total ? `/?offset=${last}` : null,
  };
}
