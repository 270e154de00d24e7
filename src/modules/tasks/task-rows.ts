import { TASK_COLUMNS } from './task-columns.js';

/** Runs a statement and returns its rows. */
export type Query = <T extends object>(text: string, values: readonly unknown[]) => Promise<T[]>;

/** A row at one moment: each change gives it another version. */
export interface RowVersion {
  readonly id: string;
  /** The transaction that wrote it. */
  readonly version: string;
}

/** A row with its `TaskDto` in JSON. */
export interface TaskRow extends RowVersion {
  readonly json: string;
  /** Time of creation, in microseconds since 1970. */
  readonly us: number;
}

/** Of several thousand tasks. */
const MOST_CHARACTERS = 4_000_000;

const ROWS = `SELECT tasks.id, tasks.xmin::text AS version, row_to_json(listed)::text AS json,
    (extract(epoch FROM tasks.created_at) * 1000000)::float8 AS us
  FROM tasks CROSS JOIN LATERAL (SELECT ${TASK_COLUMNS}) AS listed WHERE tasks.id = ANY($1::uuid[])`;

/** Keeps the JSON of tasks that were listed lately, so that PostgreSQL writes it only for rows that have changed. */
export class TaskRows {
  private readonly kept = new Map<string, TaskRow>();
  private characters = 0;

  /** The newest of these rows by id, each at least as new as it is wanted; without those that are gone. */
  async read(wanted: readonly RowVersion[], query: Query): Promise<Map<string, TaskRow>> {
    const rows = new Map<string, TaskRow>();
    const missing = new Set<string>();
    for (const { id, version } of wanted) {
      const kept = this.kept.get(id);
      if (kept?.version === version) rows.set(id, kept);
      else missing.add(id);
    }
    if (missing.size === 0) return rows;
    for (const row of await query<TaskRow>(ROWS, [[...missing]])) {
      rows.set(row.id, row);
      this.keep(row);
    }
    return rows;
  }

  clear(): void {
    this.kept.clear();
    this.characters = 0;
  }

  private keep(row: TaskRow): void {
    this.characters += row.json.length - (this.kept.get(row.id)?.json.length ?? 0);
    this.kept.delete(row.id);
    this.kept.set(row.id, row);
    for (const [id, { json }] of this.kept) {
      if (this.characters <= MOST_CHARACTERS) return;
      this.kept.delete(id);
      this.characters -= json.length;
    }
  }
}
