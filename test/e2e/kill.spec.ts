import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import pg from 'pg';
import { RunFolder, verifyCertificate } from '../../src/dataset/index.js';
import { startService, type RunningService } from '../../src/main.js';
import type { StepName, TaskDetailDto } from '../../src/modules/tasks/index.js';
import { checkpointPath } from '../../src/training/checkpoints/index.js';
import { removeCompiledSources } from '../support/compiled-sources.js';
import { eventually } from '../support/eventually.js';
import { StepHolds } from '../support/step-holds.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { TINY_TRAINING } from '../support/tiny-training.js';
import { WorkerProcess } from '../support/worker-process.js';

const ANN = { name: 'user:ann', from: 'here' };

const STRUCK = ['scan', 'dataset', 'train', 'evaluate'] as const;

/** A real worker process, killed without warning in each of several steps; the next one finishes the task. */
describe('a task whose worker is killed', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let worker: WorkerProcess;
  let holds: StepHolds;
  let id: string;

  beforeAll(async () => {
    place = await createServicePlace();
    line = await createTinyLine(place.root, { boards: 36, components: ['IC1', 'D7', 'C3'] });
    service = await startService({ overrides: place.overrides, worker: 'none', http: false });
    holds = await StepHolds.open(place.database.url);
    await holds.hold(...STRUCK);
    worker = await WorkerProcess.start(place.overrides);
    const { training, ...rest } = TINY_TRAINING;
    const task = await service.tasks.start(
      {
        inputDir: line.inputDir,
        site: 'HPH',
        lineId: 'V31',
        metadataCsv: line.metadataCsv,
        config: {
          ...rest,
          training: { ...training, maxEpochs: 4, checkpointEverySeconds: 1, enableEarlyStopping: false },
        },
      },
      ANN,
    );
    id = task.task_id;
  });

  afterAll(async () => {
    await worker?.kill();
    await holds?.close();
    await service?.stop();
    await place?.release();
    await removeCompiledSources();
  });

  /** The step cannot have ended before the kill. */
  async function startAgain(during: (typeof STRUCK)[number]): Promise<void> {
    await holds.letGo(during);
    worker = await WorkerProcess.start(place.overrides);
  }
  async function killAndStartAgain(during: (typeof STRUCK)[number]): Promise<void> {
    await worker.kill();
    await startAgain(during);
  }
  const task = (): Promise<TaskDetailDto> => service.tasks.get(id);
  const stepOf = async (name: StepName): Promise<TaskDetailDto['steps'][number] | undefined> =>
    (await task()).steps.find((step) => step.name === name);
  /** Whether the last change of the task came with that of the step, in one transaction. */
  const wasRecordedWithTask = async (name: StepName): Promise<boolean> => {
    const client = new pg.Client({ connectionString: place.database.url });
    await client.connect();
    const { rows } = await client.query<{ same: boolean }>(
      `SELECT t.xmin = s.xmin AS same FROM polarline.tasks t JOIN polarline.task_steps s ON s.task_id = t.id
        WHERE t.id = $1 AND s.name = $2`,
      [id, name],
    );
    await client.end();
    return rows[0]!.same;
  };
  const isRunning = (name: StepName) => async (): Promise<boolean> => {
    const { status, error } = await task();
    if (status === 'failed') throw new Error(`the task failed: ${error?.message}`);
    return (await stepOf(name))?.status === 'running';
  };

  it('goes on after a kill while it reads images', async () => {
    await eventually(isRunning('scan'));
    await killAndStartAgain('scan');
    await eventually(async () => (await task()).status === 'pending_orientation');
    const scan = (await stepOf('scan'))!;
    expect([scan.status, scan.attempt >= 2]).toEqual(['finished', true]);
    expect((await task()).counts).toMatchObject({ scanned: 114, classified: 111, classes: 3 });
  });

  it('still waits after a kill at the gate', async () => {
    await worker.kill();
    worker = await WorkerProcess.start(place.overrides);
    expect((await task()).status).toBe('pending_orientation');
    // A kill between the two would have left a task that belongs to no job.
    expect(await wasRecordedWithTask('samples')).toBe(true);
    expect((await service.orientation.confirm(id, line.answers, ANN)).status).toBe('running');
  });

  it('builds the data set anew after a kill while it rotates, with a clean certificate', async () => {
    await eventually(isRunning('dataset'));
    await killAndStartAgain('dataset');
    await eventually(async () => (await stepOf('dataset'))?.status === 'finished');
    expect((await stepOf('dataset'))!.attempt).toBeGreaterThanOrEqual(2);
    const check = await verifyCertificate((await task()).run_folder);
    expect(check.problems).toEqual([]);
  });

  it('goes on from its checkpoint after a kill while it trains', async () => {
    const checkpoint = checkpointPath(new RunFolder((await task()).run_folder).checkpoints);
    await eventually(() => existsSync(checkpoint));
    await worker.kill();
    // As a kill in the middle of a checkpoint leaves it.
    await writeFile(`${checkpoint}.0badf00d.tmp`, 'half a checkpoint');
    await startAgain('train');
    await eventually(async () => (await stepOf('train'))?.status === 'finished');
    const train = (await stepOf('train'))!;
    expect(train.attempt).toBeGreaterThanOrEqual(2);
    expect(train.result).toMatchObject({ epochsRun: 4 });
    const folder = new RunFolder((await task()).run_folder);
    const rows = (await readFile(folder.metricsCsv, 'utf8')).trim().split(/\r?\n/).slice(1);
    expect(rows.map((row) => Number(row.split(',')[0]))).toEqual([1, 2, 3, 4]);
  });

  it('evaluates anew after a kill while it evaluates, and completes', async () => {
    await eventually(isRunning('evaluate'));
    await killAndStartAgain('evaluate');
    await eventually(async () => (await task()).status === 'completed');
    const evaluate = (await stepOf('evaluate'))!;
    expect([evaluate.status, evaluate.attempt >= 2]).toEqual(['finished', true]);
  });

  it('left no half-written file and no gap in what it told', async () => {
    expect(await wasRecordedWithTask('summary')).toBe(true);
    const { run_folder: root, steps, progress } = await task();
    const files = await readdir(root, { recursive: true });
    expect(files.filter((file) => file.endsWith('.tmp'))).toEqual([]);
    expect(existsSync(new RunFolder(root).bestOnnx)).toBe(true);
    expect(steps.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 'finished'));
    expect(progress).toBe(1);
    const events = await service.tasks.eventsSince(id, 0, 10_000);
    const told = events.flatMap(({ data }) => (typeof data.progress === 'number' ? [data.progress] : []));
    expect([...told].sort((a, b) => a - b)).toEqual(told);
    const states = events.filter(({ kind }) => kind === 'state').map(({ data }) => data.to);
    expect(states).toEqual(['pending', 'pending_orientation', 'running', 'completed']);
  });
});
