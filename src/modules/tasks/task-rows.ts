import { digestOf } from './json-text.js';
import { TASK_COLUMNS } from './task-columns.js';

/** Runs a statement and returns its rows. */
export type Query = <T extends object>(text: string, values: readonly unknown[]) => Promise<T[]>;

/** `<id> <version>`: a row at one moment; each change gives it another version, the transaction that wrote it. */
export type RowVersion = string;

/** A row with its `TaskDto` in JSON. */
export interface TaskRow {
  readonly id: string;
  /** The JSON after a comma, as it follows another in a list. */
  readonly item: Buffer;
  /** Of `item`. */
  readonly digest: string;
  /** Time of creation, in microseconds since 1970. */
  readonly us: number;
}

interface FoundRow {
  readonly id: string;
  readonly version: RowVersion;
  readonly json: string;
  readonly us: number;
}

/** Of several thousand tasks. */
const MOST_BYTES = 4_000_000;
const ID_LENGTH = 36;

/** What PostgreSQL calls a version of a row. */
export const ROW_VERSION = `tasks.id || ' ' || tasks.xmin`;

const ROWS = `SELECT tasks.id, ${ROW_VERSION} AS version, row_to_json(listed)::text AS json,
    (extract(epoch FROM tasks.created_at) * 1000000)::float8 AS us
  FROM tasks CROSS JOIN LATERAL (SELECT ${TASK_COLUMNS}) AS listed WHERE tasks.id = ANY($1::uuid[])`;

/** Keeps the JSON of tasks that were listed lately, so that PostgreSQL writes it only for rows that have changed. */
export class TaskRows {
  private readonly kept = new Map<RowVersion, TaskRow>();
  private bytes = 0;

  /** The rows in the same order; null when one of them is gone or has changed. */
  async read(wanted: readonly RowVersion[], query: Query): Promise<readonly TaskRow[] | null> {
    const rows = wanted.map((version) => this.kept.get(version));
    if (areAll(rows)) return rows;
    const missing = wanted
      .filter((_, index) => rows[index] === undefined)
      .map((version) => version.slice(0, ID_LENGTH));
    const read = new Map<RowVersion, TaskRow>();
    for (const { id, version, json, us } of await query<FoundRow>(ROWS, [[...new Set(missing)]])) {
      const item = Buffer.from(`,${json}`);
      const row = { id, item, digest: digestOf(item), us };
      read.set(version, row);
      this.keep(version, row);
    }
    const complete = rows.map((row, index) => row ?? read.get(wanted[index]!));
    return areAll(complete) ? complete : null;
  }

  clear(): void {
    this.kept.clear();
    this.bytes = 0;
  }

  private keep(version: RowVersion, row: TaskRow): void {
    this.bytes += row.item.length - (this.kept.get(version)?.item.length ?? 0);
    this.kept.delete(version);
    this.kept.set(version, row);
    for (const [oldest, { item }] of this.kept) {
      if (this.bytes <= MOST_BYTES) return;
      this.kept.delete(oldest);
      this.bytes -= item.length;
    }
  }
}

function areAll(rows: (TaskRow | undefined)[]): rows is TaskRow[] {
  return !rows.includes(undefined);
}
