import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { sha256File } from '../../src/common/index.js';

/** What must hold for every task whatever happened to the processes, as sentences; empty when all does. */
export interface TrailExpectation {
  readonly schema: string;
  readonly databaseUrl: string;
  readonly runsFolder: string;
  readonly tasks: number;
  /** States that each task went through. */
  readonly states: readonly string[];
  /** Steps that each task finished. */
  readonly steps: readonly string[];
  readonly artefacts: boolean;
}

interface TaskRow {
  readonly id: string;
  readonly run_folder: string;
  readonly states: string[];
  readonly finished: string[];
  readonly told: number[];
  readonly starts: string;
  readonly confirms: string;
}

/** Compares tasks, events, audit, artefacts and folders with what should be there. */
export async function findTrailProblems(expected: TrailExpectation): Promise<string[]> {
  const client = new pg.Client({ connectionString: expected.databaseUrl });
  await client.connect();
  try {
    await client.query(`SET search_path = ${client.escapeIdentifier(expected.schema)}`);
    const { rows } = await client.query<TaskRow>(
      `SELECT id, run_folder,
        (SELECT coalesce(array_agg(data->>'to' ORDER BY id), '{}') FROM task_events WHERE task_id = t.id AND kind = 'state') AS states,
        (SELECT coalesce(array_agg(data->>'step' ORDER BY id), '{}') FROM task_events
          WHERE task_id = t.id AND kind = 'step' AND data->>'status' = 'finished') AS finished,
        (SELECT coalesce(array_agg((data->>'progress')::float8 ORDER BY id), '{}') FROM task_events
          WHERE task_id = t.id AND data ? 'progress') AS told,
        (SELECT count(*) FROM audit WHERE target = 'task:' || t.id AND action = 'task.start') AS starts,
        (SELECT count(*) FROM audit WHERE target = 'task:' || t.id AND action = 'gate.confirm') AS confirms
        FROM tasks AS t`,
    );
    const problems = rows.length === expected.tasks ? [] : [`expected ${expected.tasks} tasks, got ${rows.length}`];
    for (const row of rows) problems.push(...problemsOf(row, expected).map((text) => `${row.id}: ${text}`));
    const folders = (await readdir(expected.runsFolder)).filter((name) => name.startsWith('training_'));
    if (folders.length !== expected.tasks)
      problems.push(`expected ${expected.tasks} run folders, got ${folders.length}`);
    if (expected.artefacts) problems.push(...(await artefactProblems(client, rows)));
    return problems;
  } finally {
    await client.end();
  }
}

function problemsOf(row: TaskRow, { states, steps }: TrailExpectation): string[] {
  const problems: string[] = [];
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join() === b.join();
  if (!same(row.states, states)) problems.push(`states ${row.states.join(' → ')}`);
  if (!same(row.finished, steps)) problems.push(`finished steps ${row.finished.join(', ')}`);
  if (row.told.some((value, i) => i > 0 && value < row.told[i - 1]!)) problems.push('progress went back');
  if (row.starts !== '1') problems.push(`${row.starts} starts in the audit trail`);
  if (states.includes('running') && row.confirms !== '1')
    problems.push(`${row.confirms} confirmations in the audit trail`);
  return problems;
}

async function artefactProblems(client: pg.Client, tasks: readonly TaskRow[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { id, run_folder: folder } of tasks) {
    const { rows } = await client.query<{ kind: string; path: string; sha256: string }>(
      'SELECT kind, path, sha256 FROM task_artefacts WHERE task_id = $1',
      [id],
    );
    if (rows.length < 7) problems.push(`${id}: ${rows.length} artefacts`);
    for (const { kind, path, sha256 } of rows) {
      const file = join(folder, ...path.split('/'));
      if (!existsSync(file)) problems.push(`${id}: ${kind} is missing`);
      else if ((await sha256File(file)) !== sha256) problems.push(`${id}: ${kind} is not the recorded one`);
    }
  }
  return problems;
}
