import type { TaskDto, TaskPageDto } from '../tasks/task-dto.js';
import { TASK_STATUSES } from '../tasks/task-state.js';
import { percent, shortId } from './format.js';
import type { I18n } from './i18n/index.js';

export interface TaskRowView {
  readonly id: string;
  readonly shortId: string;
  readonly site: string;
  readonly line: string;
  readonly status: { readonly name: string; readonly label: string };
  readonly step: string;
  readonly percent: number;
  readonly percentText: string;
  readonly created: string;
  readonly createdIso: string;
  readonly inputDir: string;
}

export function taskRow(task: TaskDto, i18n: I18n): TaskRowView {
  const live = task.status === 'pending' || task.status === 'running';
  return {
    id: task.task_id,
    shortId: shortId(task.task_id),
    site: task.site,
    line: task.line_id,
    status: { name: task.status, label: i18n.t(`status.${task.status}`) },
    step: task.current_step === null || !live ? '' : i18n.t(`step.${task.current_step}`),
    percent: percent(task.progress),
    percentText: i18n.percent(task.progress),
    created: i18n.dateTime(task.created_at),
    createdIso: task.created_at,
    inputDir: task.input_dir,
  };
}

export interface DashboardFilter {
  readonly status: string;
  readonly text: string;
}

/** View of views/dashboard.hbs: what waits and what is at work first, then the page of the others. */
export function dashboardView(
  lists: { readonly page: TaskPageDto; readonly waiting: readonly TaskDto[]; readonly working: readonly TaskDto[] },
  filter: DashboardFilter,
  now: Date,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const { offset, limit, total, tasks } = lists.page;
  const last = offset + tasks.length;
  const filtered = filter.status !== '' || filter.text !== '';
  const address = (to: number): string => `/?${new URLSearchParams({ ...filter, offset: String(to) }).toString()}`;
  const nothing = total === 0 && lists.waiting.length === 0 && lists.working.length === 0;
  return {
    title: i18n.t('dashboard.title'),
    scripts: ['dashboard.js'],
    heading: i18n.t(filtered ? 'dashboard.found' : 'dashboard.ended'),
    tasks: tasks.map((task) => taskRow(task, i18n)),
    working: lists.working.map((task) => taskRow(task, i18n)),
    waiting: lists.waiting.map((task) => ({
      ...taskRow(task, i18n),
      about: i18n.t('dashboard.waiting', {
        classes: task.counts.classes ?? 0,
        age: i18n.duration(now.getTime() - new Date(task.updated_at).getTime()),
      }),
    })),
    filtered,
    text: filter.text,
    statuses: TASK_STATUSES.map((name) => ({
      name,
      label: i18n.t(`status.${name}`),
      selected: name === filter.status,
    })),
    empty: nothing && !filtered,
    noneText: i18n.t(filtered ? 'dashboard.nothing' : 'dashboard.noneEnded'),
    range: total === 0 ? '' : i18n.t('dashboard.range', { from: offset + 1, to: last, total }),
    previous: offset > 0 ? address(Math.max(0, offset - limit)) : null,
    next: last < total ? address(last) : null,
  };
}
