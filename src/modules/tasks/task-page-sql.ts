import { AFTER_CURSOR, FILTER_COLUMNS, type FilterSql } from './task-filter.js';
import { ROW_VERSION, type RowVersion } from './task-rows.js';

/** What the columns of `q` are filled with: values of a filter, and which part of what it chooses is wanted. */
export interface PageQuestion {
  readonly size: number;
  readonly skip: number;
  /** The total, where it is known; else it is counted. */
  readonly known: number | null;
  readonly [name: string]: unknown;
}

export interface FoundRow {
  /** Number of the question. */
  readonly n: number;
  /** The version of each row, and of one more if there is one; null for none. */
  readonly found: string | null;
  /** Null where it is known or follows from the page. */
  readonly total: string | null;
}

export interface FoundPage {
  readonly versions: readonly RowVersion[];
  readonly hasMore: boolean;
  readonly total: number;
}

export interface PageKind {
  /** What fits is found first and then put in order; else it is looked through in order until the page is full. */
  readonly fenced?: boolean;
  /** Whether the page begins after a cursor. */
  readonly after?: boolean;
}

const NEWEST_FIRST = 'ORDER BY created_at DESC, id DESC';

/** One statement for all questions of a kind; `$1` is a list of them in JSON. */
export function pageStatement(filter: FilterSql, { fenced = false, after = false }: PageKind = {}): string {
  const { where, each } = filter;
  const wanted = (conditions: string): string => (after ? `${conditions} AND ${AFTER_CURSOR}` : conditions);
  // The rows of a page follow each other in the index once its first is known, which is counted off in the index alone.
  let rows = `(SELECT created_at AS first_at, id AS first_id FROM tasks WHERE ${wanted(where)}
        ${NEWEST_FIRST} LIMIT 1 OFFSET q.skip) AS begin
      CROSS JOIN LATERAL (SELECT id, xmin, created_at FROM tasks WHERE ${wanted(where)}
        AND (created_at, id) <= (first_at, first_id) ${NEWEST_FIRST} LIMIT q.size + 1) AS tasks`;
  if (fenced) rows = rowsOf(`(SELECT id, created_at FROM tasks WHERE ${wanted(where)} OFFSET 0) AS fitting`);
  // Each site, line and state has its tasks in the order of time; of a choice of them PostgreSQL would sort all tasks.
  else if (each !== null)
    rows = rowsOf(`${each.from} CROSS JOIN LATERAL (SELECT id, created_at FROM tasks
      WHERE ${wanted(each.where)} ${NEWEST_FIRST} LIMIT q.size + 1 + q.skip) AS newest`);
  // A page that the list ends on tells the total.
  const told = after ? 'false' : '(found <= q.size AND (found > 0 OR q.skip = 0))';
  return `SELECT q.n, page.rows AS found,
      CASE WHEN q.known IS NULL AND NOT ${told} THEN (SELECT count(*) FROM tasks WHERE ${where}) END AS total
    FROM json_to_recordset($1) AS q (n int, size int, skip int, known bigint, ${FILTER_COLUMNS})
    CROSS JOIN LATERAL (
      SELECT count(*) AS found, string_agg(${ROW_VERSION}, ',' ${NEWEST_FIRST}) AS rows FROM ${rows}
    ) AS page`;
}

/** The rows of a page that is chosen from what has only their keys. */
const rowsOf = (source: string): string =>
  `tasks WHERE id = ANY(ARRAY(SELECT id FROM ${source} ${NEWEST_FIRST} LIMIT q.size + 1 OFFSET q.skip))`;

export function toFoundPage({ found, total }: FoundRow, { size, skip, known }: PageQuestion): FoundPage {
  const versions = found?.split(',') ?? [];
  return {
    versions: versions.slice(0, size),
    hasMore: versions.length > size,
    total: known ?? (total === null ? skip + versions.length : Number(total)),
  };
}
