import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { AppError } from '../../src/common/index.js';
import { OrientationModule, OrientationService } from '../../src/modules/orientation/index.js';
import { TaskLeases } from '../../src/modules/pipeline/task-leases.js';
import type { TaskRun } from '../../src/modules/pipeline/task-run.js';
import { CoreModule } from '../../src/modules/process/core.module.js';
import { openPlatform, type Platform } from '../../src/modules/process/platform.js';
import { JobQueue } from '../../src/modules/queue/job-queue.js';
import { MetadataProbe } from '../../src/modules/tasks/metadata-probe.js';
import { ENDED_STATUSES, TaskService, TaskStore, type TaskStatus } from '../../src/modules/tasks/index.js';
import type { TaskStepDto } from '../../src/modules/tasks/task-dto.js';
import { GATE_STEPS, STEPS } from '../../src/modules/tasks/task-steps.js';
import { QueueModule } from '../../src/modules/queue/queue.module.js';
import { TasksModule } from '../../src/modules/tasks/tasks.module.js';
import { DashboardService } from '../../src/modules/pages/dashboard.service.js';
import { TaskClassEntity } from '../../src/modules/orientation/orientation.entities.js';
import { createServicePlace, type ServicePlace } from '../support/service-harness.js';
import { createTinyLine, type TinyLine } from '../support/tiny-line.js';

const ANN = { name: 'user:ann', from: '10.0.0.1' };
const BOB = { name: 'user:bob', from: '10.0.0.2' };

describe('tasks on PostgreSQL', () => {
  let place: ServicePlace;
  let platform: Platform;
  let app: TestingModule;
  let line: TinyLine;
  let tasks: TaskService;
  let store: TaskStore;
  let gate: OrientationService;
  let leases: TaskLeases;
  let queue: JobQueue;

  beforeAll(async () => {
    place = await createServicePlace(['worker.stopSeconds=7']);
    line = await createTinyLine(place.root);
    platform = await openPlatform({ overrides: place.overrides });
    app = await Test.createTestingModule({
      imports: [CoreModule.for(platform), QueueModule, TasksModule, OrientationModule],
      providers: [TaskLeases],
    })
      .overrideProvider(MetadataProbe)
      .useValue({ check: async () => undefined })
      .compile();
    tasks = app.get(TaskService);
    store = app.get(TaskStore);
    gate = app.get(OrientationService);
    leases = app.get(TaskLeases);
    queue = app.get(JobQueue);
  });

  afterAll(async () => {
    await app.close();
    await platform.close();
    await place.release();
  });

  const start = async (extra = {}): Promise<string> => {
    const task = await tasks.start({ inputDir: line.inputDir, site: 'HPH', lineId: 'V31', ...extra }, ANN);
    return task.task_id;
  };
  const atGate = async (): Promise<string> => {
    const id = await start();
    await store.transact(async (tx) => {
      await tx.manager.insert(
        TaskClassEntity,
        line.classes.map((folder) => ({
          taskId: id,
          folder,
          product: 'P1',
          component: folder,
          light: 'R',
          okCount: 5,
          ngCount: 0,
        })),
      );
      for (const name of ['scan', 'classify', 'collect', 'samples'] as const)
        await tx.manager.query(
          `INSERT INTO task_steps (task_id, name, status, attempt, started_at) VALUES ($1, $2, 'finished', 1, now())`,
          [id, name],
        );
      await store.move(tx, await store.lock(tx, id), 'pending_orientation');
    });
    return id;
  };
  const code = async (attempt: Promise<unknown>): Promise<string> => {
    try {
      await attempt;
      return 'no error';
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  };

  it('starts a task with its job in line and its first event', async () => {
    const id = await start({ seed: 7 });
    const task = await tasks.find(id);
    expect(task).toMatchObject({ status: 'pending', progress: 0, jobName: 'prepare', createdBy: 'user:ann' });
    expect(task.config.experiment.seed).toBe(7);
    expect(task.runFolder).toMatch(new RegExp(`training_\\d{8}_\\d{6}_${id.slice(0, 8)}$`));
    expect(await queue.isLive('prepare', task.jobId!)).toBe(true);
    expect(await tasks.eventsSince(id)).toMatchObject([{ kind: 'state', data: { from: null, to: 'pending' } }]);
  });

  it('leaves neither task nor job behind when a start is rolled back', async () => {
    const before = (await tasks.list()).total;
    await expect(
      store.transact(async (tx) => {
        const task = await store.lock(tx, await start());
        await store.scheduleNext(tx, task);
        throw new Error('power cut');
      }),
    ).rejects.toThrow('power cut');
    const {
      total,
      tasks: [newest],
    } = await tasks.list();
    expect(total).toBe(before + 1);
    const task = await tasks.find(newest!.task_id);
    expect(task.fence).toBe(1);
    expect(await queue.isLive('prepare', `${task.id}.prepare.2`)).toBe(false);
  });

  it('refuses inputs with a sentence and starts nothing', async () => {
    const before = (await tasks.list()).total;
    expect(await code(start({ inputDir: `${line.inputDir}/nowhere` }))).toBe('INPUT_FOLDER_MISSING');
    expect(await code(start({ inputDir: `${line.inputDir}/OK` }))).toBe('INPUT_WITHOUT_OK');
    expect(await code(start({ outputDir: `${line.inputDir}/runs` }))).toBe('OUTPUT_INSIDE_INPUT');
    expect(await code(start({ config: { training: { maxEpochs: 0 } } }))).toBe('CONFIG_INVALID');
    expect(await code(start({ config: { training: { maxEpoch: 3 } } }))).toBe('CONFIG_INVALID');
    expect((await tasks.list()).total).toBe(before);
  });

  it('returns the same task for the same idempotency key, also when both calls come at once', async () => {
    const ids = await Promise.all([start({ idempotencyKey: 'k1' }), start({ idempotencyKey: 'k1' })]);
    expect(await start({ idempotencyKey: 'k1' })).toBe(ids[0]);
    expect(ids[1]).toBe(ids[0]);
    expect(await code(start({ idempotencyKey: 'k1', seed: 9 }))).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('takes the first answer and tells the second who was first', async () => {
    const id = await atGate();
    expect((await gate.confirm(id, line.answers, ANN)).status).toBe('running');
    await expect(gate.confirm(id, line.answers, BOB)).rejects.toMatchObject({
      code: 'ALREADY_CONFIRMED',
      httpStatus: 409,
      details: { confirmedBy: 'user:ann', confirmedFrom: '10.0.0.1' },
    });
    const task = await tasks.find(id);
    expect(task.jobName).toBe('build');
    expect(await queue.isLive('build', task.jobId!)).toBe(true);
  });

  it('lets exactly one of many simultaneous answers through', async () => {
    const id = await atGate();
    const people = Array.from({ length: 8 }, (_, i) => ({ name: `user:${i}`, from: 'here' }));
    const outcomes = await Promise.all(people.map((person) => code(gate.confirm(id, line.answers, person))));
    expect(outcomes.filter((outcome) => outcome === 'no error')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'ALREADY_CONFIRMED')).toHaveLength(7);
  });

  it('names unknown and missing classes and changes nothing then', async () => {
    const id = await atGate();
    const [first, second] = line.classes;
    await expect(gate.confirm(id, { [first!]: 'Up', [`${second!}x`]: 'Down' }, ANN)).rejects.toMatchObject({
      code: 'ANSWERS_INVALID',
      httpStatus: 400,
      details: { unknownClasses: [`${second!}x`], missingClasses: [second] },
    });
    expect(await code(gate.confirm(id, Object.fromEntries(line.classes.map((name) => [name, 'skip'])), ANN))).toBe(
      'ALL_CLASSES_SKIPPED',
    );
    expect((await tasks.find(id)).status).toBe('pending_orientation');
    expect((await gate.samples(id)).confirmed_by).toBeNull();
  });

  it('keeps a draft that people fill together, until the answer', async () => {
    const id = await atGate();
    const [first, second] = line.classes;
    await gate.saveDraft(id, { [first!]: 'Left' }, ANN);
    await gate.saveDraft(id, { [second!]: 'skip' }, BOB);
    expect(await gate.draft(id)).toMatchObject({
      status: 'pending_orientation',
      answers: { [first!]: 'Left', [second!]: 'skip' },
      answered: 2,
      total: 2,
      saved_by: 'user:bob',
    });
    const drafted = await gate.samples(id);
    expect(drafted.classes.map(({ draft }) => draft)).toEqual(['Left', 'skip']);
    expect(drafted.draft_saved_by).toBe('user:bob');
    await gate.confirm(id, { [first!]: 'Left', [second!]: 'skip' }, BOB);
    const after = await gate.samples(id);
    expect(after).toMatchObject({ confirmed_by: 'user:bob', draft_saved_by: null });
    expect(after.classes.map(({ answer }) => answer)).toEqual(['Left', 'skip']);
    expect(await gate.draft(id)).toMatchObject({ status: 'running', answers: {}, answered: 0, saved_by: null });
  });

  it('answers before the gate and after a cancel with a conflict', async () => {
    const early = await start();
    expect(await code(gate.confirm(early, line.answers, ANN))).toBe('NOT_AT_THE_GATE');
    await tasks.cancel(early, BOB);
    expect(await code(gate.confirm(early, line.answers, ANN))).toBe('NOT_AT_THE_GATE');
  });

  it('cancels from every live state, takes the job out of line, and goes on after a retry', async () => {
    const waiting = await start();
    const { jobId } = await tasks.find(waiting);
    expect((await tasks.cancel(waiting, ANN)).status).toBe('cancelled');
    expect(await queue.isLive('prepare', jobId!)).toBe(false);
    expect((await tasks.cancel(waiting, ANN)).status).toBe('cancelled');
    expect((await tasks.retry(waiting, ANN)).status).toBe('pending');

    const gated = await atGate();
    await tasks.cancel(gated, ANN);
    expect((await tasks.retry(gated, ANN)).status).toBe('pending_orientation');
    await gate.confirm(gated, line.answers, ANN);
    await tasks.cancel(gated, ANN);
    expect((await tasks.retry(gated, ANN)).status).toBe('running');
    expect(await code(tasks.retry(gated, ANN))).toBe('TASK_NOT_RETRYABLE');
  });

  it('gives a task to one worker at a time and refuses writes of a worker that lost it', async () => {
    const id = await start();
    const { jobId } = await tasks.find(id);
    const first = await leases.claim(id, jobId!, 'prepare');
    expect(first.kind).toBe('claimed');
    if (first.kind !== 'claimed') return;
    await platform.dataSource.query(`UPDATE tasks SET lease_owner = 'other/1/x' WHERE id = $1`, [id]);
    expect((await leases.claim(id, jobId!, 'prepare')).kind).toBe('held');
    await platform.dataSource.query(`UPDATE tasks SET lease_until = now() - interval '1 second' WHERE id = $1`, [id]);
    const second = await leases.claim(id, jobId!, 'prepare');
    expect(second.kind).toBe('claimed');
    expect(await leases.renew(id, first.run.fence)).toBe('lost');
    await expect(leases.beginStep(first.run, 'scan')).rejects.toThrow('no longer held');
    if (second.kind === 'claimed') expect(await leases.renew(id, second.run.fence)).toBe('held');
    expect((await leases.claim(id, `${id}.prepare.0`, 'prepare')).kind).toBe('stale');
    await tasks.cancel(id, ANN);
    if (second.kind === 'claimed') expect(await leases.renew(id, second.run.fence)).toBe('cancelled');
  });

  it('gives work that is stopped with its worker worker.stopSeconds, and work that is cancelled the usual time', async () => {
    const id = await start();
    const claim = async (): Promise<TaskRun> => {
      const { jobId } = await tasks.find(id);
      const answer = await leases.claim(id, jobId!, 'prepare');
      if (answer.kind !== 'claimed') throw new Error('expected to hold the task');
      return answer.run;
    };
    const [shutDown, cancelled] = [await claim(), await claim()];
    shutDown.stop('shutdown');
    expect(shutDown.signal.reason).toMatchObject({ message: 'stopped: shutdown', graceMs: 7_000 });
    cancelled.stop('cancelled');
    expect(cancelled.signal.reason).toMatchObject({ message: 'stopped: cancelled', graceMs: null });
  });

  it('gives a task whose job is lost a new one, and leaves others alone', async () => {
    const id = await start();
    expect(await tasks.wake(id)).toBe(false);
    const { jobId } = await tasks.find(id);
    await queue.remove('prepare', jobId!);
    expect(await tasks.wake(id)).toBe(true);
    const again = await tasks.find(id);
    expect(again.jobId).not.toBe(jobId);
    expect(await queue.isLive('prepare', again.jobId!)).toBe(true);

    const claim = await leases.claim(id, again.jobId!, 'prepare');
    expect(claim.kind).toBe('claimed');
    expect(await tasks.wake(id)).toBe(false);
    expect(await tasks.wake(id, () => true)).toBe(true);
  });

  it('gives a task whose worker ended after the last step of a job that job again', async () => {
    const id = await start();
    for (const name of GATE_STEPS)
      await platform.dataSource.query(
        `INSERT INTO task_steps (task_id, name, status, attempt, started_at) VALUES ($1, $2, 'finished', 1, now())`,
        [id, name],
      );
    const { jobId } = await tasks.find(id);
    expect((await leases.claim(id, jobId!, 'prepare')).kind).toBe('claimed');
    expect(await tasks.wake(id, () => true)).toBe(true);
    const again = await tasks.find(id);
    expect(again.jobName).toBe('prepare');
    expect(await queue.isLive('prepare', again.jobId!)).toBe(true);
  });

  it('keeps the figures of a completed task while it is evaluated again, and where that comes to nothing', async () => {
    const id = await start();
    const evaluation = { accuracy: { all: { accuracy: { value: 0.9876 } } } };
    await store.transact(async (tx) => {
      for (const { name } of STEPS)
        await tx.manager.query(
          `INSERT INTO task_steps (task_id, name, status, attempt, started_at, finished_at, duration_ms, result)
            VALUES ($1, $2, 'finished', 1, now() - interval '3 days 4 s', now() - interval '3 days', 4000, $3)`,
          [id, name, name === 'evaluate' ? evaluation : {}],
        );
      const task = await store.lock(tx, id);
      for (const status of ['pending_orientation', 'running', 'completed'] as const) await store.move(tx, task, status);
    });
    const figures = async (): Promise<unknown> =>
      (await new DashboardService(platform.dataSource).figures([id])).get(id)?.accuracy;
    const evaluate = async (): Promise<TaskStepDto> =>
      (await tasks.get(id)).steps.find(({ name }) => name === 'evaluate')!;
    const before = await evaluate();
    expect(await figures()).toBe(0.9876);

    await store.transact(async (tx) => store.evaluateAgain(tx, await store.lock(tx, id)));
    expect([await figures(), (await evaluate()).result]).toEqual([0.9876, evaluation]);
    const claim = await leases.claim(id, (await tasks.find(id)).jobId!, 'evaluate');
    if (claim.kind !== 'claimed') throw new Error('expected to hold the task');
    await leases.beginStep(claim.run, 'evaluate');
    expect(await evaluate()).toMatchObject({ status: 'running', attempt: 2, finished_at: null, duration_ms: null });
    expect([await figures(), (await evaluate()).result]).toEqual([0.9876, evaluation]);

    await leases.withTask(id, claim.run.fence, async (tx, task) => {
      await store.interruptSteps(tx, id, 'evaluate', 'failed');
      await store.dropEvaluation(tx, task);
    });
    expect(await evaluate()).toEqual({ ...before, attempt: 2 });
    expect(await figures()).toBe(0.9876);
    expect(await tasks.find(id)).toMatchObject({ status: 'completed', jobName: null, leaseOwner: null });
  });

  it('never tells a progress that goes back', async () => {
    const id = await start();
    const { jobId } = await tasks.find(id);
    const claim = await leases.claim(id, jobId!, 'prepare');
    if (claim.kind !== 'claimed') throw new Error('expected to hold the task');
    const { fence } = claim.run;
    for (const [step, fraction] of [
      ['scan', 0.9],
      ['classify', 0.5],
      ['scan', 0.1],
      ['classify', 0.4],
    ] as const)
      await leases.record(id, fence, { step, value: { fraction } }, []);
    const told = (await tasks.eventsSince(id)).flatMap(({ kind, data }) =>
      kind === 'progress' ? [Number(data.progress)] : [],
    );
    expect(told).toHaveLength(4);
    expect([...told].sort((a, b) => a - b)).toEqual(told);
  });

  it('lists, filters and pages', async () => {
    await start({ lineId: 'X99' });
    await start({ lineId: 'X99' });
    const page = await tasks.list({ lineId: 'X99', limit: 1 });
    expect(page).toMatchObject({ total: 2, limit: 1, offset: 0 });
    expect(page.tasks).toHaveLength(1);
    const next = await tasks.list({ lineId: 'X99', limit: 1, offset: 1 });
    expect(next.tasks[0]!.task_id).not.toBe(page.tasks[0]!.task_id);
    expect((await tasks.list({ text: page.tasks[0]!.task_id.slice(0, 13) })).total).toBe(1);
    expect((await tasks.list({ text: '100%_no' })).total).toBe(0);
    const ended: readonly TaskStatus[] = ENDED_STATUSES;
    for (const { status } of (await tasks.list({ status: ended })).tasks) expect(ended).toContain(status);
    expect(await tasks.resolveId(page.tasks[0]!.task_id.slice(0, 12))).toBe(page.tasks[0]!.task_id);
    expect(await code(tasks.resolveId('ffff-nonsense'))).toBe('TASK_UNKNOWN');
  });
});
