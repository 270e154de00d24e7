import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { startService, type RunningService } from '../../src/main.js';
import type { TaskDetailDto } from '../../src/modules/tasks/index.js';
import { removeCompiledSources } from '../support/compiled-sources.js';
import { eventually } from '../support/eventually.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';
import { TINY_TRAINING } from '../support/tiny-training.js';
import { WorkerProcess } from '../support/worker-process.js';

const ANN = { name: 'user:ann', from: 'here' };

/** A training of thousands of epochs, so that whatever ends it is what the test did. */
describe('a training that is stopped', () => {
  let place: ServicePlace;
  let service: RunningService;
  let line: TinyLine;
  let worker: WorkerProcess;
  let id: string;

  beforeAll(async () => {
    place = await createServicePlace();
    line = await createTinyLine(place.root, { boards: 8 });
    service = await startService({ overrides: place.overrides, worker: 'none' });
    worker = await WorkerProcess.start(place.overrides);
    const { training, ...rest } = TINY_TRAINING;
    const config = { ...rest, training: { ...training, maxEpochs: 5000, patience: 5000, enableEarlyStopping: false } };
    const { inputDir, metadataCsv } = line;
    id = (await service.tasks.start({ inputDir, site: 'HPH', lineId: 'V31', metadataCsv, config }, ANN)).task_id;
    await eventually(async () => (await task()).status === 'pending_orientation');
    await service.orientation.confirm(id, line.answers, ANN);
  });

  afterAll(async () => {
    await worker?.kill();
    await service?.stop();
    await place?.release();
    await removeCompiledSources();
  });

  const task = (): Promise<TaskDetailDto> => service.tasks.get(id);
  const epoch = async (): Promise<number> => Number((await task()).latest_epoch?.epoch ?? 0);

  it('is given back with a checkpoint by a worker that is asked to stop, and goes on elsewhere at once', async () => {
    await eventually(async () => (await epoch()) >= 1);
    const { exitCode, tookMs } = await worker.stop();
    expect(exitCode).toBe(0);
    expect(tookMs).toBeLessThan(30_000);
    const before = await task();
    expect(before).toMatchObject({ status: 'running', current_step: 'train' });
    expect(before.steps.find(({ name }) => name === 'train')?.status).toBe('interrupted');
    const reached = await epoch();
    worker = await WorkerProcess.start(place.overrides);
    await eventually(async () => (await epoch()) > reached);
  });

  it('ends within seconds of a cancel and leaves nothing half-written', async () => {
    expect((await service.tasks.cancel(id, ANN)).status).toBe('cancelled');
    // The worker's next job of this queue starts only when the training has really ended.
    const { inputDir, metadataCsv } = line;
    const events = (await service.tasks.eventsSince(id, 0, 100_000)).length;
    const next = await service.tasks.start(
      { inputDir, site: 'HPH', lineId: 'V31', metadataCsv, config: TINY_TRAINING },
      ANN,
    );
    await eventually(async () => (await service.tasks.get(next.task_id)).status === 'pending_orientation');
    await service.orientation.confirm(next.task_id, line.answers, ANN);
    await eventually(async () => (await service.tasks.get(next.task_id)).steps.some(({ name }) => name === 'train'));
    expect((await service.tasks.eventsSince(id, 0, 100_000)).length).toBe(events);
    expect((await task()).status).toBe('cancelled');
    const files = await readdir((await task()).run_folder, { recursive: true });
    expect(files.filter((file) => file.endsWith('.tmp') || file.includes('best_model.onnx'))).toEqual([]);
    await eventually(async () => (await service.tasks.get(next.task_id)).status === 'completed');
  });

  it('takes its folder along when it is deleted right after a cancel, before its worker has heard', async () => {
    await service.tasks.retry(id, ANN);
    const reached = await epoch();
    await eventually(async () => (await epoch()) > reached);
    const { run_folder: runFolder } = await service.tasks.cancel(id, ANN);
    const url = `${service.url}/training/delete/${id}?delete_files=true`;
    const answer = await fetch(url, { method: 'DELETE' });
    expect([answer.status, await answer.json()]).toEqual([200, { task_id: id, deleted_files: true }]);
    await expect(task()).rejects.toMatchObject({ code: 'TASK_UNKNOWN' });
    // The process ends when its training has, so nothing is written after it.
    expect((await worker.stop()).exitCode).toBe(0);
    const hoursLater = new Date(Date.now() + 2 * 3_600_000);
    expect((await service.cleanup.cleanUp(false, ANN, hoursLater)).problems).toEqual([]);
    const left = await readdir(place.runsFolder, { recursive: true });
    expect(left.filter((path) => path.includes(basename(runFolder)))).toEqual([]);
  });
});
