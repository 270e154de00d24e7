import type { TaskDto, TaskPageDto } from '../tasks/task-dto.js';
import { TASK_STATUSES } from '../tasks/task-state.js';
import type { MachineDto } from '../health/machine.service.js';
import type { LinePlace, TaskFigures, TrainingPace } from './dashboard.service.js';
import { percent, shortId } from './format.js';
import type { I18n } from './i18n/index.js';
import { machineView } from './machine.view.js';

export interface TaskRowView {
  readonly id: string;
  readonly shortId: string;
  readonly site: string;
  readonly line: string;
  readonly status: { readonly name: string; readonly label: string };
  readonly step: string;
  readonly percent: number;
  readonly percentText: string;
  /** Empty where it is not known. */
  readonly left: string;
  readonly accuracy: string;
  readonly precisionAt1: string;
  readonly created: string;
  readonly createdIso: string;
  readonly inputDir: string;
}

export function taskRow(task: TaskDto, i18n: I18n, figures?: TaskFigures, pace?: TrainingPace): TaskRowView {
  const live = task.status === 'pending' || task.status === 'running';
  const step = task.current_step === null || !live ? '' : i18n.t(`step.${task.current_step}`);
  return {
    id: task.task_id,
    shortId: shortId(task.task_id),
    site: task.site,
    line: task.line_id,
    status: { name: task.status, label: i18n.t(`status.${task.status}`) },
    step: pace?.epoch && pace.maxEpochs ? `${step} ${pace.epoch}/${pace.maxEpochs}` : step,
    percent: percent(task.progress),
    percentText: i18n.percent(task.progress),
    left: pace?.secondsLeft ? i18n.t('dashboard.left', { time: i18n.duration(pace.secondsLeft * 1000) }) : '',
    accuracy: i18n.figure(figures?.accuracy, 3),
    precisionAt1: i18n.figure(figures?.precisionAt1, 3),
    created: i18n.dateTime(task.created_at),
    createdIso: task.created_at,
    inputDir: task.input_dir,
  };
}

export type DashboardFilter = Readonly<Record<'status' | 'text' | 'site' | 'line' | 'from' | 'to', string>>;

export interface DashboardData {
  readonly page: TaskPageDto;
  readonly waiting: readonly TaskDto[];
  readonly working: readonly TaskDto[];
  /** Null on all pages but the first. */
  readonly machine: MachineDto | null;
  readonly places: readonly LinePlace[];
  readonly figures: ReadonlyMap<string, TaskFigures>;
  readonly paces: ReadonlyMap<string, TrainingPace>;
}

/** View of views/dashboard-top.hbs, which needs nothing of the database. */
export function dashboardTop(i18n: I18n): { readonly title: string; readonly scripts: readonly string[] } {
  return { title: i18n.t('dashboard.title'), scripts: ['dashboard.js'] };
}

/** View of views/dashboard.hbs: what waits and what is at work first, then the page of the others. */
export function dashboardView(
  data: DashboardData,
  filter: DashboardFilter,
  now: Date,
  i18n: I18n,
): { readonly title: string } & Record<string, unknown> {
  const { offset, limit, total, tasks } = data.page;
  const last = offset + tasks.length;
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const filtered = given.length > 0;
  const address = (to: number): string => `/?${new URLSearchParams([...given, ['offset', String(to)]]).toString()}`;
  const nothing = total === 0 && data.waiting.length === 0 && data.working.length === 0;
  const row = (task: TaskDto): TaskRowView =>
    taskRow(task, i18n, data.figures.get(task.task_id), data.paces.get(task.task_id));
  return {
    ...dashboardTop(i18n),
    heading: i18n.t(filtered ? 'dashboard.found' : 'dashboard.ended'),
    tasks: tasks.map(row),
    working: data.working.map(row),
    waiting: data.waiting.map((task) => ({
      ...row(task),
      about: i18n.t('dashboard.waiting', {
        classes: task.counts.classes ?? 0,
        age: i18n.duration(now.getTime() - new Date(task.updated_at).getTime()),
      }),
    })),
    machine: data.machine && machineView(data.machine, i18n),
    filtered,
    filter,
    statuses: TASK_STATUSES.map((name) => ({
      name,
      label: i18n.t(`status.${name}`),
      selected: name === filter.status,
    })),
    sites: choices(
      data.places.map(({ site }) => site),
      filter.site,
    ),
    lines: choices(
      data.places.filter(({ site }) => filter.site === '' || site === filter.site).map(({ line }) => line),
      filter.line,
    ),
    empty: nothing && !filtered,
    noneText: i18n.t(filtered ? 'dashboard.nothing' : 'dashboard.noneEnded'),
    range: total === 0 ? '' : i18n.t('dashboard.range', { from: offset + 1, to: last, total }),
    first: offset > 0 ? address(0) : null,
    previous: offset > 0 ? address(Math.max(0, offset - limit)) : null,
    next: last < total ? address(last) : null,
    oldest: last < total ? address(Math.floor((total - 1) / limit) * limit) : null,
  };
}

/** The chosen one is among them also when no task has it. */
function choices(values: readonly string[], chosen: string): { value: string; selected: boolean }[] {
  const all = [...new Set(chosen === '' ? values : [...values, chosen])].sort();
  return all.map((value) => ({ value, selected: value === chosen }));
}
