import { badInput } from '../../common/index.js';
import type { AccessScope } from '../auth/access-scope.js';
import { TASK_STATUSES, type TaskStatus } from './task-state.js';

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
  /** `next` of the page before; instead of an offset. */
  readonly cursor?: string;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TASK_ID = new RegExp(`^${UUID}$`);
const CURSOR = new RegExp(`^(\\d{1,16})-(${UUID})$`);

export function isTaskId(text: string): boolean {
  return TASK_ID.test(text);
}

/** Where a page ends: the next one begins after it, whatever was added meanwhile. */
export interface TaskCursor {
  /** Time of creation, in microseconds since 1970. */
  readonly us: number;
  readonly id: string;
}

export function writeCursor({ us, id }: TaskCursor): string {
  return `${us}-${id}`;
}

/** @throws AppError `CURSOR_INVALID` */
export function readCursor(text: string): TaskCursor {
  const [, us, id] = CURSOR.exec(text) ?? [];
  if (us !== undefined && id !== undefined && Number.isSafeInteger(Number(us))) return { us: Number(us), id };
  throw badInput(
    'CURSOR_INVALID',
    `cursor: expected next of the page before, got ${JSON.stringify(text.slice(0, 100))}; leave it out to begin with the newest.`,
  );
}

/** Beyond it lie years that PostgreSQL cannot write; no task was made there. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-01-01T00:00:00Z');

const microseconds = (date: Date): number => Math.min(LAST_MS, Math.max(FIRST_MS, date.getTime())) * 1000;
const atMicroseconds = (column: string): string =>
  `timestamptz '1970-01-01 00:00:00Z' + ${column} * interval '1 microsecond'`;

export interface FilterSql {
  /** Conditions on `tasks` without values, which come as columns of `q`: one text for all filters of a kind. */
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where there is a choice of a few sites, lines or states: how to ask for each on its own. */
  readonly each: EachSql | null;
}

export interface EachSql {
  /** The values, each with each. */
  readonly from: string;
  /** `where`, for one row of `from`. */
  readonly where: string;
}

/** Looking at each of more than these takes longer than sorting them. */
const MOST_COMBINATIONS = 200;

/** The columns of `q` that conditions may name. */
export const FILTER_COLUMNS = `site text, sites text[], line_id text, line_ids text[], status text, from_us float8,
  to_us float8, pattern text, after_us float8, after_id uuid`;

/** Of a list from the newest task to the oldest, what comes after a cursor. */
export const AFTER_CURSOR = `(created_at, id) < (${atMicroseconds('q.after_us')}, q.after_id)`;

/** Written as in the index tasks_by_text. The escape is the default one, as the index knows no other. */
const SEARCHED = `(id::text || ' ' || run_folder || ' ' || input_dir || ' ' || site || ' ' || line_id)`;

/** How a text is found: in its index, or, where much has it, in the order of time until a page is full. */
export type TextSearch = 'indexed' | 'inOrder';

/** Whether the index tasks_by_text helps to find it: it knows texts by their threes of letters and digits. */
export function hasTrigram(text: string | undefined): boolean {
  return text !== undefined && /[\p{L}\p{N}]{3}/u.test(text);
}

export function filterSql(filter: TaskFilter, scope: AccessScope, search: TextSearch): FilterSql {
  const site = oneOf('site', withinScope(scope.sites, filter.site));
  const line = oneOf('line_id', withinScope(scope.lines, filter.lineId));
  const status = oneStatusOf(filter.status ?? []);
  const parts: string[] = [];
  const values: Record<string, unknown> = { ...site.values, ...line.values, ...status.values };
  const add = (sql: string, name: string, value: unknown): void => {
    values[name] = value;
    parts.push(sql);
  };
  if (filter.createdFrom)
    add(`created_at >= ${atMicroseconds('q.from_us')}`, 'from_us', microseconds(filter.createdFrom));
  if (filter.createdTo) add(`created_at <= ${atMicroseconds('q.to_us')}`, 'to_us', microseconds(filter.createdTo));
  if (filter.text)
    add(
      `${search === 'indexed' ? SEARCHED : `(${SEARCHED} || '')`} ILIKE q.pattern`,
      'pattern',
      `%${filter.text.replace(/[\\%_]/g, '\\$&')}%`,
    );
  // A text is looked for in all of them at once: one of them may not have it. The states of one site have an index
  // each; those of the whole table are better found on a walk through time.
  const choices = [site, line, site.where === '' ? { ...status, each: null } : status];
  return {
    where: allOf([...choices.map(({ where }) => where), ...parts]),
    values,
    each: filter.text ? null : eachOf(choices, parts),
  };
}

const allOf = (conditions: readonly string[]): string =>
  conditions.filter((condition) => condition !== '').join(' AND ') || 'true';

/** What is looked at of what may be looked at; null is everything. */
function withinScope(scope: readonly string[] | null, wanted: string | undefined): readonly string[] | null {
  if (!wanted) return scope;
  return scope === null || scope.includes(wanted) ? [wanted] : [];
}

/** A condition that a column has one of some values; '' where any will do. */
interface Choice {
  readonly where: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly count: number;
  /** Null for one value, which an index answers in the order of time anyhow. */
  readonly each: EachSql | null;
}

function oneOf(column: 'site' | 'line_id', wanted: readonly string[] | null): Choice {
  if (wanted === null) return { where: '', values: {}, count: 1, each: null };
  const different = [...new Set(wanted)];
  if (different.length === 1)
    return { where: `${column} = q.${column}`, values: { [column]: different[0] }, count: 1, each: null };
  const list = `${column}s`;
  return {
    where: `${column} = ANY(q.${list})`,
    values: { [list]: different },
    count: different.length,
    each: { from: `unnest(q.${list}) AS one_${column}(${column})`, where: `tasks.${column} = one_${column}.${column}` },
  };
}

/**
 * Several are written out: what PostgreSQL knows of them decides whether it walks through time (most tasks have
 * ended) or gathers a few; of a list that comes as a value it knows nothing, and sorts a whole table.
 */
function oneStatusOf(wanted: readonly TaskStatus[]): Choice {
  if (wanted.length === 0) return { where: '', values: {}, count: 1, each: null };
  if (wanted.length === 1) return { where: 'status = q.status', values: { status: wanted[0] }, count: 1, each: null };
  // Known words alone, in one order: so there are few statements, and nothing from outside is in them.
  const literals = TASK_STATUSES.filter((status) => wanted.includes(status)).map((status) => `'${status}'`);
  return {
    where: `status IN (${literals.join(', ')})`,
    values: {},
    count: literals.length,
    each: {
      from: `unnest(ARRAY[${literals.join(', ')}]) AS one_status(status)`,
      where: 'tasks.status = one_status.status',
    },
  };
}

function eachOf(choices: readonly Choice[], parts: readonly string[]): EachSql | null {
  const several = choices.flatMap(({ each }) => (each === null ? [] : [each.from]));
  const count = choices.reduce((product, choice) => product * (choice.each === null ? 1 : choice.count), 1);
  if (several.length === 0 || count > MOST_COMBINATIONS) return null;
  const where = allOf([...choices.map((choice) => choice.each?.where ?? choice.where), ...parts]);
  return { from: several.join(' CROSS JOIN '), where };
}
