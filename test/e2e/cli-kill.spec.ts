import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunFolder, verifyCertificate } from '../../src/dataset/index.js';
import type { TaskDetailDto } from '../../src/modules/tasks/index.js';
import { jsonLines, type CliResult } from '../support/cli.js';
import { createCliPlace, type CliPlace } from '../support/cli-place.js';
import { StepHolds } from '../support/step-holds.js';

/** Steps during each of which the whole process is killed, in their order. */
const KILLED_IN = ['classify', 'dataset', 'train', 'evaluate'] as const;
const TRAINING = [
  'model.backbone=tiny',
  'model.embeddingSize=16',
  'data.imageSizePx=32',
  'data.loaderThreads=1',
  'training.maxEpochs=2',
  'training.threads=1',
  'training.checkpointEverySeconds=1',
  'evaluation.bootstrapSamples=20',
].flatMap((assignment) => ['--set', assignment]);

/** `polarline run` itself is killed without warning, with all that it started left to itself; `resume` goes on. */
describe('a run on the command line that is killed', () => {
  let place: CliPlace;
  let holds: StepHolds;

  beforeAll(async () => {
    place = await createCliPlace({ imagesPerClass: 30, maxClasses: 2, ngShare: 0.25, withTrouble: false });
    await place.writeAppConfig({
      queue: { attempts: 3, retryDelaySeconds: 0, lockSeconds: 5, stalledCheckSeconds: 1 },
    });
    // Makes the tables.
    await place.cli(['list']);
    holds = await StepHolds.open(place.env.DATABASE_URL!);
    await holds.hold(...KILLED_IN);
  });
  afterAll(async () => {
    await holds?.close();
    await place?.release();
  });

  /** Kills the command once its output says so. */
  const killedWhen = async (args: readonly string[], when: RegExp): Promise<CliResult> => {
    const result = await place.cli(args, { onOutput: (text) => (when.test(text) ? 'SIGKILL' : null) });
    expect({ code: result.code, said: when.test(result.stdout) }).toEqual({ code: null, said: true });
    return result;
  };
  /** Kills it in that step, which cannot have ended before. The worker that it leaves behind gives the task back. */
  const killedIn = async (step: (typeof KILLED_IN)[number], args: readonly string[]): Promise<CliResult> => {
    const result = await killedWhen(args, new RegExp(`"step":"${step}","status":"running"`));
    await holds.letGoOnceInterrupted(step);
    return result;
  };

  it('goes on with resume after a kill while it asks, waits, rotates, trains and evaluates', async () => {
    const where = [
      '--input-dir',
      place.line.inputDir,
      '--output-dir',
      place.folder('runs'),
      '--site',
      'HPH',
      '--line-id',
      'V31',
    ];
    const first = await killedIn(KILLED_IN[0], ['run', ...where, '--json', ...TRAINING]);
    const { task } = jsonLines(first.stdout).find(({ type }) => type === 'task') as { task: TaskDetailDto };
    const resume = ['resume', task.task_id, '--json'];
    await killedWhen(resume, /"type":"gate"/);
    const answered = [...resume, '--orientations', place.line.orientationsPath];
    for (const step of KILLED_IN.slice(1)) await killedIn(step, answered);

    const last = await place.cli(answered);
    expect({ code: last.code, stderr: last.stderr }).toMatchObject({ code: 0 });
    const ended = JSON.parse((await place.cli(['status', task.task_id, '--json'])).stdout) as TaskDetailDto;
    expect(ended.status).toBe('completed');
    const attempts = Object.fromEntries(ended.steps.map(({ name, attempt }) => [name, attempt]));
    for (const step of KILLED_IN) expect([step, attempts[step]! >= 2]).toEqual([step, true]);
    expect(ended.steps.every(({ status }) => status === 'finished')).toBe(true);
    expect((await verifyCertificate(ended.run_folder)).problems).toEqual([]);
    expect(existsSync(new RunFolder(ended.run_folder).bestOnnx)).toBe(true);
  });
});
