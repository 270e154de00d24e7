import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { linearEmbedder, linearEngine } from '../../../test/support/linear-engine.js';
import { buildTinyDataset } from '../../../test/support/tiny-dataset.js';
import { AppError, silentContext, writeJsonAtomic, type StepProgress } from '../../common/index.js';
import { loadManifest, readCertificate, writeManifest, type RunFolder } from '../../dataset/index.js';
import { checkpointPath } from '../checkpoints/index.js';
import { trainConfigSchema, type TrainConfig, type TrainConfigInput } from '../config.js';
import type { StepResult, TrainingSession } from '../engines/engine.js';
import { readSafetensors } from '../weights/index.js';
import { train, type TrainerParts } from './train.js';

describe('train', () => {
  let root: string;
  let runs = 0;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'polarline-train-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const newRun = (sources: { trainSources?: number; valSources?: number } = {}): Promise<RunFolder> =>
    buildTinyDataset(join(root, String(runs++)), { trainSources: 8, valSources: 4, ...sources });

  it('learns, and leaves the whole run folder of a trained model', async () => {
    const folder = await newRun();
    const heard: StepProgress[] = [];
    const result = await train(
      { runFolder: folder.root, config: configOf() },
      { ...silentContext(), onProgress: (progress) => heard.push(progress) },
      partsOf(),
    );
    expect(result.bestValidation!.precisionAt1).toBe(1);
    expect(result.bestValidation!.mapAtRRotated).toBeGreaterThan(0.9);
    expect(result.history.at(-1)!.losses.total).toBeLessThan(result.history[0]!.losses.total);
    expect(result.exportCosine).toBeGreaterThan(0.9999);
    expect(result).toMatchObject({ classes: ['Down', 'Left', 'Right', 'Up'], trainImages: 32, validationImages: 16 });
    for (const path of [folder.bestOnnx, folder.bestWeights, folder.lastWeights, folder.modelMeanStd])
      expect(existsSync(path)).toBe(true);
    const csv = (await readFile(folder.metricsCsv, 'utf8')).trim().split('\n');
    expect(csv).toHaveLength(result.epochsRun + 1);
    const used = parse(await readFile(folder.configUsed, 'utf8')) as Record<string, unknown>;
    expect(used).toMatchObject({ experiment: { seed: 42 }, provenance: { engine: 'linear', classes: result.classes } });
    expect(trainConfigSchema.parse(used).training).toEqual(configOf().training);
    const fractions = heard.map(({ fraction }) => fraction);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(heard.at(-1)!.fraction).toBe(1);
    expect(heard[0]!.metrics).toHaveProperty('imagesPerSecond');
  });

  it.each(['none', 'ema', 'swa'] as const)(
    'goes on from a stop in mid-epoch to the same bits as without it (averaging: %s)',
    async (weightAveraging) => {
      const config = configOf({ training: { weightAveraging, swaStartShare: 0.4, enableEarlyStopping: false } });
      const [whole, stopped] = [await newRun(), await newRun()];
      const expected = await train({ runFolder: whole.root, config }, silentContext(), partsOf());
      for (const stopAtStep of [7, 5]) {
        const controller = new AbortController();
        await expect(
          train(
            { runFolder: stopped.root, config, resume: true },
            silentContext(controller.signal),
            partsOf(abortAt(stopAtStep, controller)),
          ),
        ).rejects.toMatchObject({ name: 'AbortError' });
      }
      // And once in a validation, between an epoch's training and its end.
      const controller = new AbortController();
      await expect(
        train(
          { runFolder: stopped.root, config, resume: true },
          silentContext(controller.signal),
          partsOf(abortInValidation(3, controller)),
        ),
      ).rejects.toMatchObject({ name: 'AbortError' });
      const resumed = await train({ runFolder: stopped.root, config, resume: true }, silentContext(), partsOf());
      expect(figuresOf(resumed.history)).toEqual(figuresOf(expected.history));
      expect(resumed.bestEpoch).toBe(expected.bestEpoch);
      for (const path of ['bestOnnx', 'lastWeights'] as const)
        expect(await readFile(stopped[path])).toEqual(await readFile(whole[path]));
      const [a, b] = [checkpointPath(stopped.checkpoints), checkpointPath(whole.checkpoints)];
      expect((await readSafetensors(a)).tensors).toEqual((await readSafetensors(b)).tensors);
    },
  );

  it('repeats itself by seed, and differs by another seed', async () => {
    const folders = [await newRun(), await newRun(), await newRun()];
    const seeds = [1, 1, 2];
    for (const [i, folder] of folders.entries())
      await train(
        { runFolder: folder.root, config: configOf({ experiment: { seed: seeds[i] } }) },
        silentContext(),
        partsOf(),
      );
    const [a, b, c] = await Promise.all(folders.map(({ bestOnnx }) => readFile(bestOnnx)));
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it.each([1, 2])('stops after three validations, one in %d epochs, without a better figure', async (every) => {
    const folder = await newRun();
    const config = configOf({ training: { maxEpochs: 60, patience: 3, validateEveryEpochs: every } });
    const result = await train({ runFolder: folder.root, config }, silentContext(), partsOf());
    expect(result.stoppedEarly).toBe(true);
    expect(result.epochsRun).toBeLessThan(60);
    const figures = result.history.flatMap(({ validation }) => (validation === null ? [] : [validation.mapAtR!]));
    expect(figures).toHaveLength(result.epochsRun / every);
    expect(figures.indexOf(Math.max(...figures))).toBe(figures.length - 1 - 3);
  });

  it('trains without validation pictures by the training loss, and says so', async () => {
    const folder = await newRun({ valSources: 0 });
    const result = await train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf());
    expect(result.bestValidation).toBeNull();
    expect(result.notes.join(' ')).toContain('there are 0 validation pictures');
  });

  it('refuses a data set whose manifest was changed after its certificate', async () => {
    const folder = await newRun();
    await appendFile(
      folder.manifest,
      (await readFile(folder.manifest, 'utf8')).split('\n')[0]!.replace('"train"', '"val"') + '\n',
    );
    await expect(
      train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf()),
    ).rejects.toMatchObject({
      kind: 'badInput',
      code: 'CERTIFICATE_NOT_CLEAN',
    });
    await rm(folder.splitCertificate);
    await expect(
      train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf()),
    ).rejects.toMatchObject({
      code: 'CERTIFICATE_MISSING',
    });
    expect(existsSync(folder.model)).toBe(false);
  });

  it('refuses to go on from the checkpoint of another training', async () => {
    const folder = await newRun();
    await train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf());
    const other = configOf({ training: { learningRate: 0.001 } });
    await expect(
      train({ runFolder: folder.root, config: other, resume: true }, silentContext(), partsOf()),
    ).rejects.toMatchObject({
      code: 'CHECKPOINT_OF_OTHER_TRAINING',
    });
  });

  it.each([
    ['pictures were labelled otherwise', swapLabels],
    [
      'statistics of the pixels were others',
      (folder: RunFolder) => writeJsonAtomic(folder.datasetMeanStd, { mean: [0.1, 0.2, 0.3], std: [0.4, 0.5, 0.6] }),
    ],
  ])('refuses to go on from a checkpoint whose %s, and says what can be done', async (_what, change) => {
    const folder = await newRun();
    const spec = { runFolder: folder.root, config: configOf(), resume: true };
    await train(spec, silentContext(), partsOf());
    await change(folder);
    const path = checkpointPath(folder.checkpoints);
    await expect(train(spec, silentContext(), partsOf())).rejects.toMatchObject({
      code: 'CHECKPOINT_OF_OTHER_TRAINING',
      message: expect.stringContaining(`Start the task anew, or remove ${path} and retry it`),
    });
    await rm(path);
    expect((await train(spec, silentContext(), partsOf())).epochsRun).toBe(6);
  });

  it('stops at a loss that is no number, naming step, pictures and last finite values', async () => {
    const folder = await newRun();
    const broken = onStep(6, (result) => ({ ...result, losses: { ...result.losses, total: Number.NaN } }));
    const failure = train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf(broken));
    await expect(failure).rejects.toMatchObject({
      code: 'TRAINING_DIVERGED',
      details: { epoch: 2, step: 2, lastFinite: { total: expect.any(Number) } },
    });
    await expect(failure).rejects.toThrow(/epoch 2, step 2: .*total NaN .*dataset\/train\//s);
  });

  it('says which setting to lower when memory runs out', async () => {
    const folder = await newRun();
    const full = onStep(2, () => {
      throw new Error('std::bad_alloc');
    });
    await expect(train({ runFolder: folder.root, config: configOf() }, silentContext(), partsOf(full))).rejects.toThrow(
      /Lower training\.batchSize \(now 8\)/,
    );
  });

  it('says that the disk is full, and goes on from its checkpoint once there is space', async () => {
    const folder = await newRun();
    const spec = {
      runFolder: folder.root,
      config: configOf({ training: { checkpointEverySeconds: 0 } }),
      resume: true,
    };
    const full = onStep(9, () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await expect(train(spec, silentContext(), partsOf(full))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'DISK_FULL',
    });
    const resumed = await train(spec, silentContext(), partsOf());
    expect(resumed.epochsRun).toBe(6);
  });

  it('goes on from its checkpoint on the processor after a lost device, where that is wanted', async () => {
    const lost = onStep(9, () => {
      throw new AppError('unavailable', 'DEVICE_LOST', 'the graphics processor was lost');
    });
    const asked: string[] = [];
    const parts: TrainerParts = {
      ...partsOf(),
      selectEngine: (config) => {
        asked.push(config.training.executionProvider);
        return (asked.length === 1 ? partsOf(lost) : partsOf()).selectEngine(config);
      },
    };
    const settings = { checkpointEverySeconds: 0, executionProvider: 'webgpu', onDeviceLost: 'cpu' } as const;
    const runFolder = (await newRun()).root;
    const result = await train({ runFolder, config: configOf({ training: settings }) }, silentContext(), parts);
    expect(asked).toEqual(['webgpu', 'cpu']);
    const whole = await train({ runFolder: (await newRun()).root, config: configOf() }, silentContext(), partsOf());
    expect(result.history.map(({ losses }) => losses)).toEqual(whole.history.map(({ losses }) => losses));

    const config = configOf({ training: { ...settings, onDeviceLost: 'retry' } });
    await expect(train({ runFolder: (await newRun()).root, config }, silentContext(), partsOf(lost))).rejects.toThrow(
      /lost/,
    );
  });

  it('fails rather than hand over an export that embeds differently', async () => {
    const folder = await newRun();
    const parts: TrainerParts = {
      ...partsOf(),
      createEmbedder: async (bytes) => {
        const embedder = await linearEmbedder(bytes, 32);
        return {
          ...embedder,
          embed: async (images, count) => (await embedder.embed(images, count)).map((v, i) => v + 0.05 * (i % 3)),
        };
      },
    };
    await expect(train({ runFolder: folder.root, config: configOf() }, silentContext(), parts)).rejects.toMatchObject({
      code: 'EXPORT_DIFFERS',
    });
    expect(existsSync(folder.bestOnnx)).toBe(false);
    expect(existsSync(folder.bestWeights)).toBe(true);
  });
});

type Sections = { [K in keyof TrainConfigInput]?: Partial<TrainConfigInput[K]> };

function configOf(changes: Sections = {}): TrainConfig {
  return trainConfigSchema.parse({
    experiment: { ...changes.experiment },
    model: { embeddingSize: 8 },
    data: { imageSizePx: 32, augmentation: 'polarity-v1' },
    training: { maxEpochs: 6, batchSize: 8, samplesPerClass: 2, learningRate: 0.05, patience: 20, ...changes.training },
    loss: { name: 'ArcFace', subCenters: 1 },
  });
}

function partsOf(wrap: (session: TrainingSession) => TrainingSession = (session) => session): TrainerParts {
  const engine = {
    ...linearEngine,
    createSession: async (spec: Parameters<typeof linearEngine.createSession>[0]) =>
      wrap(await linearEngine.createSession(spec)),
  };
  return {
    selectEngine: () => Promise.resolve({ engine, reason: 'test' }),
    createEmbedder: (bytes) => linearEmbedder(bytes, 32),
  };
}

/** Changes what the n-th step returns. */
function onStep(
  step: number,
  change: (result: StepResult) => StepResult,
): (session: TrainingSession) => TrainingSession {
  return (session) => {
    let steps = 0;
    return {
      step: async (...args) => {
        const result = await session.step(...args);
        return ++steps === step ? change(result) : result;
      },
      embed: (images, count) => session.embed(images, count),
      readState: () => session.readState(),
      writeState: (state) => session.writeState(state),
      exportOnnx: (state) => session.exportOnnx(state),
      dispose: () => session.dispose(),
    };
  };
}

function abortAt(step: number, controller: AbortController): (session: TrainingSession) => TrainingSession {
  return onStep(step, (result) => {
    controller.abort();
    return result;
  });
}

function abortInValidation(call: number, controller: AbortController): (session: TrainingSession) => TrainingSession {
  return (session) => {
    let calls = 0;
    const embed: TrainingSession['embed'] = (images, count) => {
      if (++calls === call) controller.abort();
      return session.embed(images, count);
    };
    return { ...onStep(0, (result) => result)(session), embed };
  };
}

/** The same pictures on the same sides, under a certificate of its own, with the labels of two classes changed over. */
async function swapLabels(folder: RunFolder): Promise<void> {
  const swapped: Readonly<Record<string, string>> = { Up: 'Down', Down: 'Up' };
  const rows = (await loadManifest(folder.manifest)).map((row) => ({ ...row, label: swapped[row.label] ?? row.label }));
  const manifestDigest = await writeManifest(folder.manifest, rows);
  await writeJsonAtomic(folder.splitCertificate, { ...(await readCertificate(folder)), manifestDigest });
}

/** Everything of a history but the times. */
function figuresOf(history: readonly { losses: unknown; validation: unknown; validatedWeights: unknown }[]): unknown {
  return history.map(({ losses, validation, validatedWeights }) => ({ losses, validation, validatedWeights }));
}
