import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { preparedQuery } from '../../infra/database/index.js';
import { currentScope, isInScope, type AccessScope } from '../auth/access-scope.js';
import { JsonText } from './json-text.js';
import { SingleFlight } from './single-flight.js';
import type { TaskDetailDto, TaskPageDto } from './task-dto.js';
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

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isTaskId(text: string): boolean {
  return UUID.test(text);
}

const COUNT_FRESH_MS = 1_000;
const COUNT_USABLE_MS = 10_000;
const LARGE = 5_000;
const MOST_COUNTS_KEPT = 1_000;

const utc = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;

/** The columns of a `TaskDto`, in its order. */
const COLUMNS = `id AS task_id, status, current_step, progress, site, line_id, input_dir, output_dir, run_folder,
  counts, error, created_by, ${['created_at', 'started_at', 'confirmed_at', 'finished_at', 'updated_at'].map(utc).join(', ')}`;

const DETAIL = `SELECT site, line_id, row_to_json(detail)::text AS json FROM (
  SELECT ${COLUMNS},
    coalesce((SELECT json_agg(row_to_json(step)) FROM (
      SELECT name, task_steps.status, attempt, ${utc('started_at')}, ${utc('finished_at')}, duration_ms, result
      FROM task_steps WHERE task_id = tasks.id ORDER BY task_steps.started_at) AS step), '[]') AS steps,
    (SELECT data FROM task_events WHERE task_id = tasks.id AND kind = 'epoch' ORDER BY id DESC LIMIT 1)
      AS latest_epoch,
    config
  FROM tasks WHERE id = $1) AS detail`;

interface DetailRow {
  readonly site: string;
  readonly line_id: string;
  readonly json: string;
}

/**
 * Pages of tasks, newest first; made for dashboards that ask often and tables that grow long. PostgreSQL writes
 * the JSON, and callers of the same moment share one answer: what goes to the wire is never taken apart here.
 */
@Injectable()
export class TaskList {
  private readonly pages = new SingleFlight<JsonText>();
  private readonly details = new SingleFlight<(Pick<DetailRow, 'site' | 'line_id'> & { text: JsonText }) | null>();
  private readonly counting = new SingleFlight<number>();
  private readonly counts = new Map<string, { readonly at: number; readonly total: number }>();

  constructor(private readonly dataSource: DataSource) {}

  async page(filter: TaskFilter): Promise<TaskPageDto> {
    return (await this.pageJson(filter)).parse<TaskPageDto>();
  }

  /** A `TaskPageDto` as it goes to the wire. */
  async pageJson(filter: TaskFilter): Promise<JsonText> {
    const scope = currentScope();
    return this.pages.ask(JSON.stringify([scope.sites, scope.lines, filter]), () => this.read(filter, scope));
  }

  /** One task with its steps and newest epoch, in one query. @throws AppError `TASK_UNKNOWN` */
  async detail(taskId: string): Promise<TaskDetailDto> {
    return (await this.detailJson(taskId)).parse<TaskDetailDto>();
  }

  /** A `TaskDetailDto` as it goes to the wire. @throws AppError `TASK_UNKNOWN` */
  async detailJson(taskId: string): Promise<JsonText> {
    const found = isTaskId(taskId) ? await this.details.ask(taskId, () => this.readDetail(taskId)) : null;
    // What lies outside of somebody's scope is not there for them.
    if (!found || !isInScope({ site: found.site, lineId: found.line_id })) throw taskUnknown(taskId);
    return found.text;
  }

  private async readDetail(taskId: string): ReturnType<typeof this.details.ask> {
    const [row] = await preparedQuery<DetailRow>(this.dataSource, DETAIL, [taskId]);
    return row ? { site: row.site, line_id: row.line_id, text: new JsonText(row.json) } : null;
  }

  private async read(filter: TaskFilter, scope: AccessScope): Promise<JsonText> {
    const limit = Math.min(500, Math.max(1, filter.limit ?? 50));
    const offset = Math.max(0, filter.offset ?? 0);
    const { where, parameters } = conditions(filter, scope);
    const order = 'ORDER BY tasks.created_at DESC, tasks.id DESC';
    const [n, m] = [parameters.length + 1, parameters.length + 2];
    // Pages further on are counted off in the index alone; only their own rows are read.
    const rows =
      offset === 0
        ? `FROM tasks ${where} ${order} LIMIT $${n} OFFSET $${m}`
        : `FROM tasks JOIN (SELECT id AS wanted FROM tasks ${where} ${order} LIMIT $${n} OFFSET $${m}) AS page
            ON id = wanted ${order}`;
    const sql = `SELECT coalesce(json_agg(row_to_json(listed)), '[]')::text AS json FROM (SELECT ${COLUMNS} ${rows}) AS listed`;
    const [[page], total] = await Promise.all([
      preparedQuery<{ json: string }>(this.dataSource, sql, [...parameters, limit, offset]),
      this.count(where, parameters),
    ]);
    return new JsonText(`{"tasks":${page!.json},"total":${total},"limit":${limit},"offset":${offset}}`);
  }

  /**
   * Exact for small tables. Counting takes longest in large ones: their total may be a second old, and while it
   * is counted anew nobody waits for it.
   */
  private async count(where: string, parameters: unknown[]): Promise<number> {
    const key = JSON.stringify([where, parameters]);
    const known = this.counts.get(key);
    const ageMs = known ? Date.now() - known.at : Infinity;
    if (known && ageMs < COUNT_FRESH_MS) return known.total;
    const counted = this.counting.ask(key, () => this.countNow(key, where, parameters));
    if (!known || ageMs > COUNT_USABLE_MS) return counted;
    // The next one who asks hears of an error.
    counted.catch(() => this.counts.delete(key));
    return known.total;
  }

  private async countNow(key: string, where: string, parameters: unknown[]): Promise<number> {
    const sql = `SELECT count(*) AS total FROM tasks ${where}`;
    const [row] = await preparedQuery<{ total: string }>(this.dataSource, sql, parameters);
    const total = Number(row!.total);
    if (this.counts.size >= MOST_COUNTS_KEPT) this.counts.clear();
    if (total >= LARGE) this.counts.set(key, { at: Date.now(), total });
    else this.counts.delete(key);
    return total;
  }
}

function conditions(filter: TaskFilter, scope: AccessScope): { where: string; parameters: unknown[] } {
  const parts: string[] = [];
  const parameters: unknown[] = [];
  const add = (sql: string, value: unknown): void => {
    parameters.push(value);
    parts.push(sql.replace('?', `$${parameters.length}`));
  };
  // One value is asked for by `=`, which an index answers in the order of time.
  const oneOf = (column: string, values: readonly string[]): void =>
    values.length === 1 ? add(`${column} = ?`, values[0]) : add(`${column} = ANY(?)`, values);
  if (scope.sites) oneOf('site', scope.sites);
  if (scope.lines) oneOf('line_id', scope.lines);
  if (filter.status?.length) oneOf('status', filter.status);
  if (filter.site) add('site = ?', filter.site);
  if (filter.lineId) add('line_id = ?', filter.lineId);
  if (filter.createdFrom) add('created_at >= ?', filter.createdFrom);
  if (filter.createdTo) add('created_at <= ?', filter.createdTo);
  if (filter.text)
    // Written as in the index tasks_by_text. The escape is the default one, as the index knows no other.
    add(
      `(id::text || ' ' || run_folder || ' ' || input_dir || ' ' || site || ' ' || line_id) ILIKE ?`,
      `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`,
    );
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, parameters };
}
