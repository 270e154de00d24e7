import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { currentScope, isInScope, type AccessScope } from '../auth/access-scope.js';
import { SingleFlight } from './single-flight.js';
import type { TaskDetailDto, TaskDto, TaskPageDto, TaskStepDto } from './task-dto.js';
import type { TaskStatus } from './task-state.js';
import { taskUnknown } from './task-store.js';

export interface TaskFilter {
  readonly status?: readonly TaskStatus[];
  readonly site?: string;
  readonly lineId?: string;
  /** Looked for in id, folders, site and line. */
  readonly text?: string;
  readonly createdFrom?: Date;
  readonly createdTo?: Date;
  /** 1..500, default 50. */
  readonly limit?: number;
  readonly offset?: number;
}

type TaskRow = { [K in keyof TaskDto]: TaskDto[K] extends string | null ? TaskDto[K] | Date : TaskDto[K] };

interface DetailRow extends TaskRow {
  readonly config: TaskDetailDto['config'];
  readonly steps: readonly TaskStepDto[] | null;
  readonly latest_epoch: Record<string, unknown> | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isTaskId(text: string): boolean {
  return UUID.test(text);
}

const COUNT_FRESH_MS = 1_000;
const LARGE = 5_000;
const MOST_COUNTS_KEPT = 1_000;

const COLUMNS = `id AS task_id, status, current_step, progress, site, line_id, input_dir, output_dir, run_folder,
  counts, error, created_by, created_at, started_at, confirmed_at, finished_at, updated_at`;

/** Pages of tasks, newest first; made for dashboards that ask often and tables that grow long. */
@Injectable()
export class TaskList {
  private readonly pages = new SingleFlight<TaskPageDto>();
  private readonly details = new SingleFlight<TaskDetailDto | null>();
  private readonly counting = new SingleFlight<number>();
  private readonly counts = new Map<string, { readonly at: number; readonly total: number }>();

  constructor(private readonly dataSource: DataSource) {}

  async page(filter: TaskFilter): Promise<TaskPageDto> {
    const scope = currentScope();
    return this.pages.ask(JSON.stringify([scope.sites, scope.lines, filter]), () => this.read(filter, scope));
  }

  /** One task with its steps and newest epoch, in one query. @throws AppError `TASK_UNKNOWN` */
  async detail(taskId: string): Promise<TaskDetailDto> {
    const found = isTaskId(taskId) ? await this.details.ask(taskId, () => this.readDetail(taskId)) : null;
    // What lies outside of somebody's scope is not there for them.
    if (!found || !isInScope({ site: found.site, lineId: found.line_id })) throw taskUnknown(taskId);
    return found;
  }

  private async readDetail(taskId: string): Promise<TaskDetailDto | null> {
    const [row] = await this.dataSource.query<DetailRow[]>(
      `SELECT ${COLUMNS}, config,
        (SELECT json_agg(json_build_object('name', name, 'status', step.status, 'attempt', attempt,
            'started_at', step.started_at, 'finished_at', step.finished_at, 'duration_ms', duration_ms,
            'result', result) ORDER BY step.started_at)
          FROM task_steps AS step WHERE task_id = tasks.id) AS steps,
        (SELECT data FROM task_events WHERE task_id = tasks.id AND kind = 'epoch' ORDER BY id DESC LIMIT 1)
          AS latest_epoch
        FROM tasks WHERE id = $1`,
      [taskId],
    );
    if (!row) return null;
    const { steps, latest_epoch, config, ...task } = row;
    const utc = (text: string | null): string | null => (text === null ? null : new Date(text).toISOString());
    return {
      ...toDto(task),
      steps: (steps ?? []).map((step) => ({
        ...step,
        started_at: utc(step.started_at)!,
        finished_at: utc(step.finished_at),
      })),
      latest_epoch,
      config,
    };
  }

  private async read(filter: TaskFilter, scope: AccessScope): Promise<TaskPageDto> {
    const limit = Math.min(500, Math.max(1, filter.limit ?? 50));
    const offset = Math.max(0, filter.offset ?? 0);
    const { where, parameters } = conditions(filter, scope);
    const sql = `SELECT ${COLUMNS} FROM tasks ${where} ORDER BY created_at DESC, id DESC
      LIMIT ${limit} OFFSET ${offset}`;
    const [rows, total] = await Promise.all([
      this.dataSource.query<TaskRow[]>(sql, parameters),
      this.count(where, parameters),
    ]);
    return { tasks: rows.map(toDto), total, limit, offset };
  }

  /** Exact for small tables; of large ones the total may be a second old, since counting takes longest there. */
  private async count(where: string, parameters: unknown[]): Promise<number> {
    const key = JSON.stringify([where, parameters]);
    const known = this.counts.get(key);
    if (known && known.total >= LARGE && Date.now() - known.at < COUNT_FRESH_MS) return known.total;
    return this.counting.ask(key, async () => {
      const sql = `SELECT count(*) AS total FROM tasks ${where}`;
      const [row] = await this.dataSource.query<{ total: string }[]>(sql, parameters);
      const total = Number(row!.total);
      if (this.counts.size >= MOST_COUNTS_KEPT) this.counts.clear();
      if (total >= LARGE) this.counts.set(key, { at: Date.now(), total });
      return total;
    });
  }
}

function conditions(filter: TaskFilter, scope: AccessScope): { where: string; parameters: unknown[] } {
  const parts: string[] = [];
  const parameters: unknown[] = [];
  const add = (sql: string, value: unknown): void => {
    parameters.push(value);
    parts.push(sql.replace('?', `$${parameters.length}`));
  };
  if (scope.sites) add('site = ANY(?)', scope.sites);
  if (scope.lines) add('line_id = ANY(?)', scope.lines);
  if (filter.status?.length) add('status = ANY(?)', filter.status);
  if (filter.site) add('site = ?', filter.site);
  if (filter.lineId) add('line_id = ?', filter.lineId);
  if (filter.createdFrom) add('created_at >= ?', filter.createdFrom);
  if (filter.createdTo) add('created_at <= ?', filter.createdTo);
  if (filter.text)
    add(
      `concat_ws(' ', id, run_folder, input_dir, site, line_id) ILIKE ? ESCAPE '!'`,
      `%${filter.text.replace(/[!%_]/g, '!$&')}%`,
    );
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, parameters };
}

function toDto(row: TaskRow): TaskDto {
  const iso = (value: string | Date | null): string | null => (value instanceof Date ? value.toISOString() : value);
  return {
    ...row,
    created_at: iso(row.created_at),
    started_at: iso(row.started_at),
    confirmed_at: iso(row.confirmed_at),
    finished_at: iso(row.finished_at),
    updated_at: iso(row.updated_at),
  } as TaskDto;
}
