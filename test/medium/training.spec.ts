import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { silentContext, StopRequest, withPublishGuard, type StepProgress } from '../../src/common/index.js';
import type { RunFolder } from '../../src/dataset/index.js';
import { trainConfigSchema, type TrainConfig } from '../../src/training/config.js';
import { embedImages } from '../../src/training/embedding/index.js';
import { createOnnxEmbedder } from '../../src/training/engines/index.js';
import { runInChildProcess } from '../../src/training/process/index.js';
import { train } from '../../src/training/trainer/index.js';
import { buildTinyDataset } from '../support/tiny-dataset.js';

const childPath = fileURLToPath(new URL('../../dist/training/process/child.js', import.meta.url));

const ALL_BUT_TIMEOUTS = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
] as const;

describe('training with the real engine', () => {
  let root: string;
  let runs = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'polarline-training-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));
  const newRun = (): Promise<RunFolder> =>
    buildTinyDataset(join(root, String(runs++)), { trainSources: 12, valSources: 5 });

  it('learns which way parts point, and exports a model that embeds as the engine does', async () => {
    const folder = await newRun();
    const result = await train({ runFolder: folder.root, config: configOf(8) }, silentContext());
    expect(result.bestValidation!.precisionAt1).toBeGreaterThan(0.9);
    expect(result.history.at(-1)!.losses.arcface).toBeLessThan(result.history[0]!.losses.arcface);
    expect(result.exportCosine).toBeGreaterThan(0.9999);
    const embedder = await createOnnxEmbedder(folder.bestOnnx, { threads: 1 });
    const paths = ['Up', 'Down'].map((side, i) => folder.path('dataset', 'val', side, `12_${i * 180}.png`));
    const embeddings = await embedImages(embedder, paths, silentContext());
    await embedder.dispose();
    const norms = [0, 1].map((row) => Math.hypot(...embeddings.subarray(row * 32, (row + 1) * 32)));
    norms.forEach((norm) => expect(norm).toBeCloseTo(1, 4));
  });

  it('gives the same model for the same seed, in this process and in a child', async () => {
    const [here, there] = [await newRun(), await newRun()];
    const heard: StepProgress[] = [];
    await train({ runFolder: here.root, config: configOf(3) }, silentContext());
    const result = await runInChildProcess(
      { kind: 'train', runFolder: there.root, config: configOf(3) },
      { ...silentContext(), onProgress: (progress) => heard.push(progress) },
    );
    expect(result.epochsRun).toBe(3);
    expect(heard.at(-1)!.fraction).toBe(1);
    expect(await readFile(there.bestOnnx)).toEqual(await readFile(here.bestOnnx));
  });

  it.each([
    ['HybridMargin', 'ema'],
    ['HybridMargin', 'swa'],
    ['ArcFace', 'ema'],
    ['SubCenterArcFace', 'swa'],
  ] as const)(
    'goes on after a kill in mid-training to the same model as without it (%s, %s)',
    async (name, weights) => {
      const [whole, killed] = [await newRun(), await newRun()];
      const { training, ...rest } = configOf(4);
      const config = {
        ...rest,
        loss: { ...rest.loss, name },
        training: { ...training, weightAveraging: weights, swaStartShare: 0.25 },
      };
      const job = (folder: RunFolder) => ({ kind: 'train', runFolder: folder.root, config, resume: true }) as const;
      const expected = await runInChildProcess(job(whole), silentContext());
      await killAfter(2, job(killed));
      expect(existsSync(killed.bestOnnx)).toBe(false);
      const resumed = await runInChildProcess(job(killed), silentContext());
      expect(resumed.history.map(({ losses }) => losses)).toEqual(expected.history.map(({ losses }) => losses));
      expect(await readFile(killed.bestOnnx)).toEqual(await readFile(whole.bestOnnx));
    },
  );

  it('puts no file in place once its parent does not hold the task any more', async () => {
    const folder = await newRun();
    let held = true;
    const guard = async (): Promise<void> => {
      if (!held) throw new Error('another worker has the task');
    };
    // The parent is asked from the child process: at the latest when the model is exported.
    const losesTheTask = (progress: StepProgress): void => {
      if (progress.metrics?.epoch === 2) held = false;
    };
    const refused = withPublishGuard(guard, () =>
      runInChildProcess(
        { kind: 'train', runFolder: folder.root, config: configOf(3) },
        { ...silentContext(), onProgress: losesTheTask },
      ),
    );
    await expect(refused).rejects.toThrow('another worker has the task');
    const names = await readdir(folder.path('model'), { recursive: true });
    expect(names.filter((name) => /best_model\.onnx|\.tmp$/.test(name))).toEqual([]);
  });

  it('stops when aborted, keeps a checkpoint, and goes on later', async () => {
    const folder = await newRun();
    const controller = new AbortController();
    const job = { kind: 'train', runFolder: folder.root, config: configOf(4), resume: true } as const;
    let epoch = 0;
    // The process asks before each file, and hears of the abort before it hears the answer.
    const guard = async (): Promise<void> => {
      if (epoch >= 2) controller.abort(new Error('enough'));
    };
    const onProgress = ({ metrics }: StepProgress): void => void (epoch = metrics?.['epoch'] ?? epoch);
    const stopped = withPublishGuard(guard, () =>
      runInChildProcess(job, { ...silentContext(controller.signal), onProgress }),
    );
    await expect(stopped).rejects.toThrow('enough');
    const resumed = await runInChildProcess(job, silentContext());
    expect(resumed.epochsRun).toBe(4);
  });

  it('lets a training that is stopped write its checkpoint for as long as the stop gives, and then ends it', async () => {
    const graceMs = 30_000;
    const folder = await newRun();
    const job = { kind: 'train', runFolder: folder.root, config: configOf(500), resume: true } as const;
    /** Stops the training while it waits for the leave to write a file; no answer comes before so much time is over. */
    const stopAndWait = async (ms: number, answers: boolean): Promise<number> => {
      const controller = new AbortController();
      let epoch = 0;
      let asked = 0;
      const guard = async (): Promise<void> => {
        if (epoch < 2) return;
        asked++;
        if (controller.signal.aborted) return;
        controller.abort(new StopRequest('enough', graceMs));
        jest.advanceTimersByTime(ms);
        if (!answers) await new Promise(() => undefined);
      };
      const onProgress = ({ metrics }: StepProgress): void => void (epoch = metrics?.['epoch'] ?? epoch);
      const stopped = withPublishGuard(guard, () =>
        runInChildProcess(job, { ...silentContext(controller.signal), onProgress }),
      );
      await expect(stopped).rejects.toThrow('enough');
      return asked;
    };
    jest.useFakeTimers({ doNotFake: [...ALL_BUT_TIMEOUTS] });
    try {
      // One that was killed asks for no second file, its checkpoint.
      expect(await stopAndWait(graceMs - 1, true)).toBeGreaterThan(1);
      expect(await stopAndWait(graceMs, false)).toBe(1);
    } finally {
      jest.useRealTimers();
    }
  });

  it('brings errors across with kind, code and details', async () => {
    const empty = join(root, 'empty');
    await expect(
      runInChildProcess({ kind: 'train', runFolder: empty, config: configOf(1) }, silentContext()),
    ).rejects.toMatchObject({
      name: 'AppError',
      kind: 'badInput',
      code: 'CERTIFICATE_MISSING',
      details: { path: expect.any(String) },
    });
  });

  it('embeds a folder with the model of a run', async () => {
    const folder = await newRun();
    await train({ runFolder: folder.root, config: configOf(1) }, silentContext());
    const output = join(root, 'embeddings.jsonl');
    const summary = await runInChildProcess(
      { kind: 'embed', model: folder.root, input: folder.path('dataset', 'val'), output },
      silentContext(),
    );
    expect(summary).toMatchObject({ written: 20, embeddingSize: 32, unreadable: [] });
    expect((await readFile(output, 'utf8')).trim().split('\n')).toHaveLength(20);
  });

  it('leaves no orphan: the child ends when its parent is killed', async () => {
    const folder = await newRun();
    const script = join(root, 'parent.mjs');
    await writeFile(
      script,
      `import { fork } from 'node:child_process';
       const child = fork(${JSON.stringify(childPath)}, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
       child.on('message', ({ type, progress }) => {
         if (type === 'ready') child.send({ type: 'run', job: ${JSON.stringify({ kind: 'train', runFolder: folder.root, config: configOf(500) })} });
         if (type === 'progress') process.send('training');
       });`,
    );
    const parent = fork(script, { execArgv: [], stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    // The grandchild holds this pipe too: it closes when both are gone, and not before.
    const bothGone = new Promise((resolve) => parent.stdout!.resume().once('close', resolve));
    await new Promise((resolve) => parent.once('message', resolve));
    parent.kill('SIGKILL');
    await bothGone;
    expect(existsSync(folder.bestOnnx)).toBe(false);
  });
});

/**
 * Starts a job as `runInChildProcess` does and kills the process outright once it is in that epoch. No file of a later
 * one is in place then: the process asks before each.
 */
async function killAfter(epoch: number, job: object): Promise<void> {
  const child: ChildProcess = fork(childPath, {
    serialization: 'advanced',
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const gone = new Promise((resolve) => child.once('close', resolve));
  child.on('message', (message: { type: string; id?: number; progress?: StepProgress }) => {
    if (message.type === 'ready') child.send({ type: 'run', job, guarded: true });
    if ((message.progress?.metrics?.['epoch'] ?? 0) > epoch) child.kill('SIGKILL');
    else if (message.type === 'mayPublish') child.send({ type: 'mayPublish', id: message.id, error: null });
  });
  await gone;
}

function configOf(maxEpochs: number): TrainConfig {
  return trainConfigSchema.parse({
    experiment: { seed: 7 },
    model: { backbone: 'tiny', embeddingSize: 32 },
    data: { imageSizePx: 32 },
    training: {
      maxEpochs,
      batchSize: 16,
      learningRate: 2e-3,
      backboneLearningRateFactor: 1,
      threads: 1,
      // A checkpoint as often as its cost allows.
      checkpointEverySeconds: 0,
    },
  });
}
