import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataSource } from 'typeorm';
import { withIdentity, type AccessScope } from '../../src/modules/auth/access-scope.js';
import { openPlatform, type Platform } from '../../src/modules/process/platform.js';
import { TASK_STATUSES, TaskEntity, type TaskFilter } from '../../src/modules/tasks/index.js';
import { TaskDetails } from '../../src/modules/tasks/task-details.js';
import { filterSql } from '../../src/modules/tasks/task-filter.js';
import { pageStatement } from '../../src/modules/tasks/task-page-sql.js';
import { toTaskDto, type TaskDetailDto, type TaskDto, type TaskPageDto } from '../../src/modules/tasks/task-dto.js';
import { TaskList } from '../../src/modules/tasks/task-list.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

/** More than the longest list whose total is counted each time. */
const TASKS = 6_000;
const SITES = ['HPH', 'JQ', 'VN'];
const LINES = ['V1', 'V2', 'V30'];

describe('lists of tasks over many of them', () => {
  let place: ServicePlace;
  let platform: Platform;
  let dataSource: DataSource;
  let list: TaskList;
  /** Every task, newest first, as TypeORM reads it. */
  let all: TaskDto[];

  beforeAll(async () => {
    place = await createServicePlace();
    platform = await openPlatform({ overrides: place.overrides });
    ({ dataSource } = platform);
    list = new TaskList(dataSource);
    await insert(Array.from({ length: TASKS }, () => randomUUID()));
    await dataSource.query('VACUUM ANALYZE tasks');
    all = await readAll();
  });

  afterAll(async () => {
    await platform.close();
    await place.release();
  });

  /** Three a minute at the same moment, so that the order of ids counts too. */
  const insert = (ids: readonly string[]): Promise<unknown> =>
    dataSource.query(
      `INSERT INTO tasks (id, status, progress, site, line_id, input_dir, output_dir, run_folder, config, created_by,
          created_from, created_at, updated_at)
        SELECT id, ($2::text[])[1 + n % 6], 0.1, ($3::text[])[1 + n % 3], ($4::text[])[1 + n % 7 % 3],
          '/in/100%_' || n, '/out', '/out/run_' || id, '{}', 'user:ann', '::1',
          timestamptz '2026-01-01 00:00:00.123456Z' + n / 3 * interval '1 minute', now()
        FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, n)`,
      [ids, TASK_STATUSES, SITES, LINES],
    );
  const readAll = async (): Promise<TaskDto[]> => {
    const order = { createdAt: 'DESC', id: 'DESC' } as const;
    return (await dataSource.manager.find(TaskEntity, { order })).map(toTaskDto);
  };
  const ask = async (filter: TaskFilter, scope?: AccessScope): Promise<TaskPageDto> => {
    const page = (): ReturnType<TaskList['json']> => list.json(filter);
    const identity = { name: 'user:ann', role: 'viewer', csrfToken: null } as const;
    return (await (scope ? withIdentity({ ...identity, ...scope }, page) : page())).parse();
  };
  const naive = (filter: TaskFilter, scope: AccessScope): TaskDto[] =>
    all.filter(
      (task) =>
        (scope.sites?.includes(task.site) ?? true) &&
        (scope.lines?.includes(task.line_id) ?? true) &&
        (!filter.status?.length || filter.status.includes(task.status)) &&
        (filter.site === undefined || task.site === filter.site) &&
        (filter.lineId === undefined || task.line_id === filter.lineId) &&
        (!filter.createdFrom || Date.parse(task.created_at) >= filter.createdFrom.getTime()) &&
        (!filter.createdTo || Date.parse(task.created_at) < filter.createdTo.getTime()) &&
        (filter.text === undefined ||
          [task.task_id, task.run_folder, task.input_dir, task.site, task.line_id]
            .join(' ')
            .toLowerCase()
            .includes(filter.text.toLowerCase())),
    );

  const day = fc.integer({ min: -1, max: 3 }).map((days) => new Date(Date.UTC(2026, 0, 1 + days)));
  const filters: fc.Arbitrary<TaskFilter> = fc.record(
    {
      status: fc.subarray([...TASK_STATUSES]),
      site: fc.constantFrom(...SITES, 'nowhere'),
      lineId: fc.constantFrom(...LINES),
      text: fc.constantFrom('/in/', '100%_5', '0_', 'v3', 'V30', 'run_0', 'RUN_a1', '%', 'zz', 'HPH V2', 'äöü'),
      createdFrom: day,
      createdTo: day,
      limit: fc.integer({ min: 1, max: 120 }),
      offset: fc.constantFrom(0, 1, 77, 1_999, 7_000),
    },
    { requiredKeys: [] },
  );
  const scopes: fc.Arbitrary<AccessScope> = fc.record({
    sites: fc.option(fc.subarray(SITES)),
    lines: fc.option(fc.subarray(LINES)),
  });

  it('show what a look through all tasks finds, whatever the filter and the scope, asked one by one or at once', async () => {
    const question = fc.tuple(filters, scopes);
    await fc.assert(
      fc.asyncProperty(fc.array(question, { minLength: 1, maxLength: 12 }), async (questions) => {
        const pages = await Promise.all(questions.map(([filter, scope]) => ask(filter, scope)));
        for (const [index, [filter, scope]] of questions.entries()) {
          const { limit = 50, offset = 0 } = filter;
          const found = naive(filter, scope);
          const { tasks, total } = pages[index]!;
          expect({ total, tasks }).toEqual({ total: found.length, tasks: found.slice(offset, offset + limit) });
        }
      }),
      { numRuns: 60 },
    );
  });

  it('are walked by the cursor past each task once, while tasks are added', async () => {
    const walk = fc.record({ limit: fc.integer({ min: 150, max: 500 }), filter: filters, scope: scopes });
    await fc.assert(
      fc.asyncProperty(walk, async ({ limit, filter, scope }) => {
        const chosen = { ...filter, offset: 0, limit };
        const before = naive(chosen, scope).map(({ task_id: id }) => id);
        const added: string[] = [];
        const seen: string[] = [];
        for (let cursor: string | undefined; ;) {
          const { tasks, next } = await ask({ ...chosen, cursor }, scope);
          seen.push(...tasks.map(({ task_id: id }) => id));
          if (next === null) break;
          cursor = next;
          added.push(randomUUID());
          await dataSource.query(
            `INSERT INTO tasks SELECT (jsonb_populate_record(tasks, $2::jsonb)).* FROM tasks WHERE id = $1`,
            [all[0]!.task_id, JSON.stringify({ id: added.at(-1), run_folder: added.at(-1), created_at: new Date() })],
          );
        }
        expect(seen).toEqual(before);
        await dataSource.query('DELETE FROM tasks WHERE id = ANY($1)', [added]);
      }),
      { numRuns: 25 },
    );
  });

  it('show a change as soon as it is made, in lists and alone, and no task that is gone', async () => {
    const details = new TaskDetails(dataSource);
    const id = all[100]!.task_id;
    const wanted = { text: id, limit: 5 };
    for (const progress of [0.2, 0.3, 0.4]) {
      await dataSource.query('UPDATE tasks SET progress = $2 WHERE id = $1', [id, progress]);
      expect((await ask(wanted)).tasks).toMatchObject([{ task_id: id, progress }]);
      expect((await details.json(id)).parse<TaskDetailDto>()).toMatchObject({
        progress,
        steps: [],
        latest_epoch: null,
      });
    }
    await dataSource.query('DELETE FROM tasks WHERE id = $1', [id]);
    expect(await ask(wanted)).toMatchObject({ tasks: [], total: 0, next: null });
    await expect(details.json(id)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
    all = all.filter((task) => task.task_id !== id);
  });

  it('tell a page that changes while it is read as it was at one moment', async () => {
    let stop = false;
    const id = all[10]!.task_id;
    const change = async (): Promise<void> => {
      for (let turn = 0; !stop; turn++)
        await dataSource.query('UPDATE tasks SET line_id = $2 WHERE id = $1', [id, turn % 2 ? 'V1' : 'V2']);
    };
    const changing = change();
    for (let turn = 0; turn < 200; turn++) {
      const lineId = turn % 2 ? 'V1' : 'V2';
      const { tasks } = await ask({ lineId, text: id.slice(0, 8) });
      for (const task of tasks) expect(task.line_id).toBe(lineId);
    }
    stop = true;
    await changing;
    all = await readAll();
  });

  it('of several sites or lines are found without looking at all their tasks', async () => {
    const scopes: readonly AccessScope[] = [
      { sites: ['HPH', 'JQ'], lines: null },
      { sites: null, lines: ['V1', 'V2'] },
      { sites: ['HPH', 'JQ'], lines: ['V1', 'V30'] },
      { sites: ['HPH'], lines: null },
    ];
    for (const scope of scopes)
      for (const filter of [{}, { status: ['failed'] }, { status: ['completed', 'failed', 'cancelled'] }] as const)
        for (const skip of [0, 30]) {
          const chosen = filterSql(filter, scope, 'indexed');
          const question = { n: 0, ...chosen.values, size: 50, skip, known: 1 };
          const [{ 'QUERY PLAN': plan }] = await dataSource.query<[{ 'QUERY PLAN': [{ Plan: PlanNode }] }]>(
            `EXPLAIN (ANALYZE, FORMAT JSON) ${pageStatement(chosen)}`,
            [JSON.stringify([question])],
          );
          expect(rowsOfTasks(plan[0].Plan)).toBeLessThan(TASKS / 4);
        }
  });

  it('refuse a cursor that was none', async () => {
    for (const cursor of ['', 'x', '12-34', `99999999999999999-${randomUUID()}`])
      await expect(ask({ cursor })).rejects.toMatchObject({ code: 'CURSOR_INVALID', httpStatus: 400 });
  });
});

interface PlanNode {
  readonly 'Relation Name'?: string;
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How many rows of the table, or of an index of it, were looked at. */
function rowsOfTasks(node: PlanNode): number {
  const own = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  const looked = node['Relation Name'] === 'tasks' ? own * node['Actual Loops'] : 0;
  return looked + (node.Plans ?? []).reduce((sum, inner) => sum + rowsOfTasks(inner), 0);
}
