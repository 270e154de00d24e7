import { existsSync } from 'node:fs';
import { mkdir, rename, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startService, type RunningService } from '../../src/main.js';
import { openPlatform, type Platform } from '../../src/modules/process/platform.js';
import { writeFileAtomic } from '../../src/common/index.js';
import { trainConfigSchema } from '../../src/training/config.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';

const ANN = { name: 'user:ann', from: 'here' };
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('retention', () => {
  let place: ServicePlace;
  let service: RunningService;
  let platform: Platform;

  beforeAll(async () => {
    place = await createServicePlace([
      'retention.finishedTaskDays=10',
      'retention.trashDays=5',
      'retention.eventDays=2',
    ]);
    service = await startService({ overrides: place.overrides, worker: 'none' });
    platform = await openPlatform({ overrides: place.overrides });
  });
  afterAll(async () => {
    await platform.close();
    await service.stop();
    await place.release();
  });
  beforeEach(async () => {
    await platform.dataSource.query('TRUNCATE tasks, trash CASCADE');
  });

  /** An ended task with a run folder, so many days old. */
  async function task(
    days: number,
    options: { status?: string; runFolder?: string; jobName?: string } = {},
  ): Promise<{ id: string; runFolder: string }> {
    const id = randomUUID();
    const runFolder = options.runFolder ?? join(place.runsFolder, `training_20250101_000000_${id.slice(0, 8)}`);
    const at = new Date(Date.now() - days * DAY_MS);
    const ended = !['pending', 'running', 'pending_orientation'].includes(options.status ?? 'completed');
    await platform.dataSource.query(
      `INSERT INTO tasks (id, status, site, line_id, input_dir, output_dir, run_folder, config, created_by, created_from,
        created_at, finished_at, updated_at, job_name)
        VALUES ($1, $2, 'HPH', 'V31', '/in', $3, $4, $5, 'a', 'b', $6, $7, $6, $8)`,
      [
        id,
        options.status ?? 'completed',
        place.runsFolder,
        runFolder,
        JSON.stringify(trainConfigSchema.parse({})),
        at,
        ended ? at : null,
        options.jobName ?? null,
      ],
    );
    await platform.dataSource.query(
      `INSERT INTO task_events (task_id, kind, data) VALUES ($1, 'log', '{}'), ($1, 'state', '{}')`,
      [id],
    );
    await mkdir(join(runFolder, 'model'), { recursive: true });
    await writeFile(join(runFolder, 'model', 'best_model.onnx'), 'x');
    return { id, runFolder };
  }
  const inTrash = (runFolder: string): string =>
    join(dirname(runFolder), '.polarline-trash', runFolder.slice(dirname(runFolder).length + 1));

  it('says in a dry run what it would remove, and removes nothing', async () => {
    const old = await task(11);
    const answer = await fetch(`${service.url}/maintenance/cleanup`, { method: 'POST' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({
      dry_run: true,
      tasks: [{ task_id: old.id, run_folder: old.runFolder }],
      events: 1,
      problems: [],
    });
    expect(existsSync(join(old.runFolder, 'model', 'best_model.onnx'))).toBe(true);
    expect((await service.tasks.get(old.id)).status).toBe('completed');
  });

  it('moves old finished tasks to the trash, later removes them for good, and leaves all others alone', async () => {
    const [old, young, live] = [await task(11), await task(9), await task(400, { status: 'pending_orientation' })];
    const first = await service.cleanup.cleanUp(false, ANN);
    expect(first.tasks.map((one) => one.task_id)).toEqual([old.id]);
    await expect(service.tasks.get(old.id)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
    expect(existsSync(old.runFolder)).toBe(false);
    expect(existsSync(join(inTrash(old.runFolder), 'model', 'best_model.onnx'))).toBe(true);
    for (const kept of [young, live]) {
      expect(existsSync(kept.runFolder)).toBe(true);
      await service.tasks.get(kept.id);
    }
    expect((await service.cleanup.cleanUp(false, ANN)).trash).toEqual([]);
    const later = new Date(Date.now() + 6 * DAY_MS);
    const second = await service.cleanup.cleanUp(false, ANN, later);
    expect(second.trash.map(({ path }) => path)).toEqual([inTrash(old.runFolder)]);
    expect(existsSync(inTrash(old.runFolder))).toBe(false);
    const audit: { action: string }[] = await platform.dataSource.query(
      'SELECT action FROM audit WHERE actor = $1 ORDER BY id',
      [ANN.name],
    );
    expect(audit.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['retention.task', 'retention.trash', 'retention.rows']),
    );
  });

  it('leaves an old completed task that is being evaluated again, which it took away', async () => {
    const evaluated = await task(11, { jobName: 'evaluate' });
    expect((await service.cleanup.cleanUp(false, ANN)).tasks).toEqual([]);
    expect(existsSync(evaluated.runFolder)).toBe(true);
    await service.tasks.get(evaluated.id);
  });

  it('removes what a worker makes anew of a folder that was deleted under it', async () => {
    const { id, runFolder } = await task(0, { status: 'cancelled' });
    // A worker hears of a cancel up to a second later, and its child may write for five more.
    let heard = false;
    let files = 0;
    const atWork = (async (): Promise<void> => {
      while (!heard) await writeFileAtomic(join(runFolder, 'dataset', 'train', `${files++}.png`), 'x').catch(() => {});
    })();
    try {
      await eventually(() => files > 20);
      const answer = await fetch(`${service.url}/training/delete/${id}?delete_files=true`, { method: 'DELETE' });
      expect([answer.status, await answer.json()]).toEqual([200, { task_id: id, deleted_files: true }]);
      const before = files;
      await eventually(() => files > before + 20);
    } finally {
      heard = true;
      await atWork;
    }
    expect(existsSync(runFolder)).toBe(true);
    await expect(service.tasks.get(id)).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
    expect(existsSync(inTrash(runFolder))).toBe(false);

    expect((await service.cleanup.cleanUp(false, ANN)).trash).toEqual([]);
    const later = new Date(Date.now() + 2 * HOUR_MS);
    const round = await service.cleanup.cleanUp(false, ANN, later);
    expect([round.trash.map(({ path }) => path), round.problems]).toEqual([[runFolder], []]);
    expect(existsSync(runFolder)).toBe(false);
  });

  it('removes thumbnails by the day they were made', async () => {
    const shelf = join(place.dataFolder, 'cache', 'thumbnails', 'ab');
    await mkdir(shelf, { recursive: true });
    const [old, young] = [join(shelf, 'old.webp'), join(shelf, 'young.webp')];
    for (const path of [old, young]) await writeFile(path, 'x');
    await utimes(old, new Date(), new Date(Date.now() - 31 * DAY_MS));
    await utimes(young, new Date(), new Date(Date.now() - 29 * DAY_MS));
    expect((await service.cleanup.cleanUp(true, ANN)).thumbnails).toBe(1);
    expect(existsSync(old)).toBe(true);
    expect((await service.cleanup.cleanUp(false, ANN)).thumbnails).toBe(1);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
  });

  it('ends what was interrupted between folder and table', async () => {
    const old = await task(11);
    await mkdir(dirname(inTrash(old.runFolder)), { recursive: true });
    await rename(old.runFolder, inTrash(old.runFolder));
    expect((await service.cleanup.cleanUp(false, ANN)).tasks).toHaveLength(1);
    expect(existsSync(inTrash(old.runFolder))).toBe(true);
  });

  it('touches no folder that is not named as a run of that task, and says so', async () => {
    const foreign = join(place.root, 'precious');
    const old = await task(11, { runFolder: foreign });
    const result = await service.cleanup.cleanUp(false, ANN);
    expect(result.tasks).toEqual([]);
    expect(result.problems).toEqual([expect.stringContaining('precious')]);
    expect(existsSync(join(foreign, 'model', 'best_model.onnx'))).toBe(true);
    await service.tasks.get(old.id);
  });

  it('follows no row of the trash that leads elsewhere', async () => {
    const precious = join(place.root, 'elsewhere');
    await mkdir(precious, { recursive: true });
    await writeFile(join(precious, 'keep.txt'), 'keep');
    const note = (path: string, original: string): Promise<unknown> =>
      platform.dataSource.query(
        `INSERT INTO trash (path, root, original_path, task_id, trashed_at)
          VALUES ($1, $2, $3, $4, now() - interval '1 year')`,
        [path, place.runsFolder, original, randomUUID()],
      );
    await note(precious, join(place.runsFolder, 'gone'));
    expect((await service.cleanup.cleanUp(false, ANN)).problems).toHaveLength(1);
    // As the row of a folder that was deleted.
    const other = join(place.runsFolder, 'elsewhere');
    await mkdir(other, { recursive: true });
    await note(other, other);
    expect((await service.cleanup.cleanUp(false, ANN)).problems).toHaveLength(2);
    expect(existsSync(other)).toBe(true);
    expect(existsSync(join(precious, 'keep.txt'))).toBe(true);
    const link = join(place.runsFolder, '.polarline-trash', 'link');
    await mkdir(dirname(link), { recursive: true });
    if (
      !(await symlink(precious, link, 'junction').then(
        () => true,
        () => false,
      ))
    )
      return;
    await note(link, join(place.runsFolder, 'gone'));
    await service.cleanup.cleanUp(false, ANN);
    expect(existsSync(link)).toBe(false);
    expect(existsSync(join(precious, 'keep.txt'))).toBe(true);
  });

  it('removes what killed processes left half-written, of ended tasks alone', async () => {
    const [ended, live] = [await task(3), await task(3, { status: 'running' })];
    const evaluated = await task(3, { jobName: 'evaluate' });
    const left = async (folder: string, name: string): Promise<string> => {
      const path = join(folder, 'model', name);
      await writeFile(path, 'half');
      const at = new Date(Date.now() - 2 * DAY_MS);
      await utimes(path, at, at);
      return path;
    };
    const gone = await left(ended.runFolder, 'best_model.onnx.0123abcd.tmp');
    const kept = [
      await left(ended.runFolder, 'notes.tmp'),
      await left(live.runFolder, 'last.safetensors.0123abcd.tmp'),
      await left(evaluated.runFolder, 'summary_report.json.0123abcd.tmp'),
    ];
    const fresh = join(ended.runFolder, 'model', 'x.0123abcd.tmp');
    await writeFile(fresh, 'new');
    const result = await service.cleanup.cleanUp(false, ANN);
    expect(result.temporary_files).toEqual([gone]);
    expect(existsSync(gone)).toBe(false);
    for (const path of [...kept, fresh]) expect(existsSync(path)).toBe(true);
  });

  it('removes what bad input left when its worker was killed, and no other failed run', async () => {
    const failed = async (days: number, kind: string, step: string): Promise<string> => {
      const { id, runFolder } = await task(days, { status: 'failed' });
      await platform.dataSource.query('UPDATE tasks SET error = $2 WHERE id = $1', [id, { kind, code: 'X' }]);
      await platform.dataSource.query(
        `INSERT INTO task_steps (task_id, name, status, attempt, started_at) VALUES ($1, 'scan', $2, 1, now())`,
        [id, step],
      );
      return runFolder;
    };
    const left = await failed(3, 'badInput', 'interrupted');
    const kept = [
      await failed(3, 'internal', 'interrupted'),
      await failed(3, 'badInput', 'finished'),
      await failed(0, 'badInput', 'interrupted'),
    ];
    expect((await service.cleanup.cleanUp(true, ANN)).temporary_files).toEqual([left]);
    expect(existsSync(left)).toBe(true);
    expect((await service.cleanup.cleanUp(false, ANN)).temporary_files).toEqual([left]);
    expect(existsSync(left)).toBe(false);
    for (const runFolder of kept) expect(existsSync(runFolder)).toBe(true);
    expect((await service.cleanup.cleanUp(false, ANN)).temporary_files).toEqual([]);
  });

  it('forgets old events but not what became of the task', async () => {
    const { id } = await task(3);
    await service.cleanup.cleanUp(false, ANN);
    expect((await service.tasks.eventsSince(id)).map(({ kind }) => kind)).toEqual(['state']);
  });

  it('is done by one process at a time', async () => {
    const runner = platform.dataSource.createQueryRunner();
    try {
      await runner.query(`SELECT pg_advisory_lock($1, hashtext('polarline'))`, [0x50_4c_43_4c]);
      const refused = await fetch(`${service.url}/maintenance/cleanup?dry_run=false`, { method: 'POST' });
      expect(refused.status).toBe(409);
      expect(await refused.json()).toMatchObject({ code: 'CLEANUP_RUNNING' });
      await runner.query(`SELECT pg_advisory_unlock($1, hashtext('polarline'))`, [0x50_4c_43_4c]);
    } finally {
      await runner.release();
    }
    await service.cleanup.cleanUp(true, ANN);
  });
});
