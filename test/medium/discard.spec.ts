import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { PipelineModule } from '../../src/modules/pipeline/index.js';
import { PipelineService } from '../../src/modules/pipeline/pipeline.service.js';
import { CoreModule } from '../../src/modules/process/core.module.js';
import { openPlatform, type Platform } from '../../src/modules/process/platform.js';
import { TaskService, type TaskEntity } from '../../src/modules/tasks/index.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

const ANN = { name: 'user:ann', from: '10.0.0.1' };

describe('a task whose input is bad', () => {
  let place: ServicePlace;
  let platform: Platform;
  let app: TestingModule;
  let line: TinyLine;
  let tasks: TaskService;

  beforeAll(async () => {
    place = await createServicePlace(['logging.level=silent']);
    line = await createTinyLine(place.root);
    platform = await openPlatform({ overrides: place.overrides });
    app = await Test.createTestingModule({ imports: [CoreModule.for(platform), PipelineModule] }).compile();
    tasks = app.get(TaskService);
    await platform.dataSource.query(`
      CREATE FUNCTION power_cut() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'power cut'; END $$`);
  });
  afterAll(async () => {
    await app.close();
    await platform.close();
    await place.release();
  });
  afterEach(() => platform.dataSource.query('DROP TRIGGER IF EXISTS power_cut ON tasks'));

  /** No row of the metadata is of this line: the scan goes well, the look-up after it fails. */
  const start = async (): Promise<TaskEntity> => {
    const { inputDir, metadataCsv } = line;
    const task = await tasks.start({ inputDir, metadataCsv, site: 'HPH', lineId: 'V77' }, ANN);
    return tasks.find(task.task_id);
  };
  const prepare = async (id: string): Promise<unknown> => {
    const { jobId } = await tasks.find(id);
    const job = { name: 'prepare', id: jobId!, taskId: id, retriesLeft: false } as const;
    return app.get(PipelineService).run(job, new AbortController().signal);
  };
  const finishedSteps = async (id: string): Promise<string[]> => {
    const rows = await platform.dataSource.query<{ name: string }[]>(
      `SELECT name FROM task_steps WHERE task_id = $1 AND status = 'finished'`,
      [id],
    );
    return rows.map(({ name }) => name);
  };

  it('leaves nothing half-made behind, and says the same when it is tried again', async () => {
    const { id, runFolder } = await start();
    for (let attempt = 0; attempt < 2; attempt++) {
      await expect(prepare(id)).rejects.toMatchObject({ code: 'NO_ROW_MATCHES' });
      expect(await tasks.find(id)).toMatchObject({ status: 'failed', error: { code: 'NO_ROW_MATCHES' } });
      expect(existsSync(runFolder)).toBe(false);
      expect(await finishedSteps(id)).toEqual([]);
      await tasks.retry(id, ANN);
    }
  });

  it('keeps its files until its failure is recorded: a kill in between left a finished scan without its images', async () => {
    const { id, runFolder } = await start();
    await platform.dataSource.query(`
      CREATE TRIGGER power_cut BEFORE UPDATE ON tasks
        FOR EACH ROW WHEN (NEW.status = 'failed') EXECUTE FUNCTION power_cut()`);
    await expect(prepare(id)).rejects.toThrow('power cut');
    expect(await finishedSteps(id)).toEqual(['scan']);
    expect(existsSync(join(runFolder, 'work', 'images.jsonl'))).toBe(true);
    await platform.dataSource.query('DROP TRIGGER power_cut ON tasks');
    await expect(prepare(id)).rejects.toMatchObject({ code: 'NO_ROW_MATCHES' });
    expect(existsSync(runFolder)).toBe(false);
  });
});
