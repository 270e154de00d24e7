import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { Random } from '../src/common/index.js';
import { trainConfigSchema } from '../src/training/config.js';
import { selectEngine, type StepHyperparameters } from '../src/training/engines/index.js';
import { InputPipeline, type BatchRequest } from '../src/training/input-pipeline/index.js';
import type { AugmentationName } from '../src/training/transforms/index.js';
import { alternate, milliseconds, printReport } from './support/report.js';

const OPTIONS = {
  images: { type: 'string', default: '320' },
  'source-size': { type: 'string', default: '256' },
  'image-size': { type: 'string', default: '128' },
  batch: { type: 'string', default: '32' },
  loaders: { type: 'string', default: '1' },
  backbone: { type: 'string', default: 'tiny' },
  repetitions: { type: 'string', default: '3' },
  python: { type: 'string', default: '/usr/bin/python3' },
} as const;

const PEER = 'bench/support/torch_input_pipeline.py';

/**
 * Pictures from files to augmented batches: against Pillow and torchvision with as many loader processes, and
 * against what a training step on the same machine takes.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const folder = await mkdtemp(join(tmpdir(), 'polarline-bench-input-'));
  try {
    await drawPictures(folder, Number(values.images), Number(values['source-size']));
    const files = (await readdir(folder)).sort().map((name) => join(folder, name));
    await compareLoading(files, folder, values);
    await compareWithStep(files, values);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Values = Readonly<Record<keyof typeof OPTIONS, string>>;

async function compareLoading(files: readonly string[], folder: string, values: Values): Promise<void> {
  const contenders = new Map<string, () => Promise<number> | number>([
    ['polarline hoam-v1 from files', () => fromFiles(files, 'hoam-v1', values)],
    ['polarline hoam-v1 from memory', () => fromMemory(files, 'hoam-v1', values)],
    ['polarline polarity-v2 from files', () => fromFiles(files, 'polarity-v2', values)],
    ['polarline polarity-v2 from memory', () => fromMemory(files, 'polarity-v2', values)],
  ]);
  const hasPeer = peerWorks(values.python);
  if (hasPeer) contenders.set('Pillow + torchvision hoam-v1', () => torchvision(folder, values));
  else console.error(`input-pipeline: no peer: ${values.python} has no torchvision`);
  printReport({
    bench: 'input-pipeline',
    case: `${values['source-size']} px JPEG to ${values['image-size']} px, batch ${values.batch}, ${values.loaders} loader`,
    unit: 'ms per 1000 images',
    baseline: 'Pillow + torchvision hoam-v1',
    series: await alternate(contenders, Number(values.repetitions)),
  });
}

async function compareWithStep(files: readonly string[], values: Values): Promise<void> {
  const batchSize = Number(values.batch);
  const config = trainConfigSchema.parse({
    model: { backbone: values.backbone, embeddingSize: 128 },
    data: { imageSizePx: Number(values['image-size']) },
    training: { batchSize },
  });
  const { engine } = await selectEngine(config);
  const session = await engine.createSession({
    model: config.model,
    loss: config.loss,
    classCount: 5,
    batchSize,
    imageSizePx: config.data.imageSizePx,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    seed: 1,
    threads: 0,
  });
  const labels = Int32Array.from({ length: batchSize }, (_, i) => i % 5);
  const step = (images: Float32Array): Promise<unknown> => session.step(images, labels, HYPER);
  const pipeline = open(files, 'polarity-v2', values);
  const still = await collectOne(pipeline, files, batchSize);
  await step(still);
  let waitShare = 0;
  const batches = Math.floor(files.length / batchSize);
  const series = await alternate(
    new Map([
      [
        'step alone',
        async () =>
          perThousand(batches * batchSize, await milliseconds(async () => repeat(batches, () => step(still)))),
      ],
      [
        'step fed by the pipeline',
        async () => {
          const waitedBefore = pipeline.waitedMs;
          const elapsed = await milliseconds(async () => {
            for await (const images of pipeline.batches(requests(files.length, batchSize, 'polarity-v2', 1)))
              await step(images);
          });
          waitShare = (pipeline.waitedMs - waitedBefore) / elapsed;
          return perThousand(batches * batchSize, elapsed);
        },
      ],
    ]),
    Number(values.repetitions),
  );
  await pipeline.close();
  await session.dispose();
  printReport({
    bench: 'input-pipeline',
    case: `against the training step: ${engine.name}, ${values.backbone}, ${values['image-size']} px, batch ${batchSize}`,
    unit: 'ms per 1000 images',
    baseline: 'step alone',
    goal: 'the step never waits',
    series: series.map((one) =>
      one.name === 'step alone' ? one : { ...one, extra: { waitShare: Number(waitShare.toFixed(4)) } },
    ),
  });
}

const HYPER: StepHyperparameters = {
  learningRateBackbone: 1e-4,
  learningRateHead: 1e-3,
  weightDecay: 1e-4,
  weightDecayExemptions: false,
  gradientClipNorm: null,
  marginRad: 0.2,
  frozenBackbone: false,
};

function open(files: readonly string[], augmentation: AugmentationName, values: Values, cacheMiB = 512): InputPipeline {
  return new InputPipeline({
    files,
    imageSizePx: Number(values['image-size']),
    augmentation,
    threads: Number(values.loaders),
    cacheMiB,
  });
}

/** The second pass over the files without a cache: threads are up, every picture is decoded again. */
async function fromFiles(files: readonly string[], augmentation: AugmentationName, values: Values): Promise<number> {
  return secondPass(open(files, augmentation, values, 0), files, augmentation, values);
}

async function fromMemory(files: readonly string[], augmentation: AugmentationName, values: Values): Promise<number> {
  return secondPass(open(files, augmentation, values), files, augmentation, values);
}

async function secondPass(
  pipeline: InputPipeline,
  files: readonly string[],
  augmentation: AugmentationName,
  values: Values,
): Promise<number> {
  let figure = 0;
  for (const epoch of [0, 1]) {
    let count = 0;
    const elapsed = await milliseconds(async () => {
      for await (const _ of pipeline.batches(requests(files.length, Number(values.batch), augmentation, epoch)))
        count += Number(values.batch);
    });
    figure = perThousand(count, elapsed);
  }
  await pipeline.close();
  return figure;
}

function requests(count: number, batchSize: number, augmentation: AugmentationName, epoch: number): BatchRequest[] {
  return Array.from({ length: Math.floor(count / batchSize) }, (_, batch) => ({
    augmentation,
    items: Array.from({ length: batchSize }, (_item, i) => {
      const image = batch * batchSize + i;
      return { image, randomKey: `1/${epoch}/${image}` };
    }),
  }));
}

async function collectOne(pipeline: InputPipeline, files: readonly string[], batchSize: number): Promise<Float32Array> {
  for await (const images of pipeline.batches(requests(files.length, batchSize, 'none', 0))) return images;
  throw new Error(`input-pipeline: expected at least ${batchSize} images (--images), got ${files.length}`);
}

async function repeat(times: number, work: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < times; i++) await work();
}

function perThousand(count: number, elapsedMs: number): number {
  return (elapsedMs * 1000) / count;
}

function peerWorks(python: string): boolean {
  if (!existsSync(PEER)) return false;
  try {
    execFileSync(python, ['-c', 'import torchvision'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function torchvision(folder: string, values: Values): number {
  const flags = [
    '--folder',
    folder,
    '--size',
    values['image-size'],
    '--batch',
    values.batch,
    '--workers',
    values.loaders,
  ];
  const output = execFileSync(values.python, [PEER, ...flags], { encoding: 'utf8' });
  return (JSON.parse(output) as { msPer1000: number }).msPer1000;
}

/** Component-like pictures: a part with leads and print on a board, with sensor noise. */
async function drawPictures(folder: string, count: number, sizePx: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const random = new Random(`bench/${n}`);
    const pixels = Buffer.alloc(sizePx * sizePx * 3);
    const [left, top] = [random.uniform(0.15, 0.3) * sizePx, random.uniform(0.15, 0.3) * sizePx];
    for (let y = 0; y < sizePx; y++)
      for (let x = 0; x < sizePx; x++) {
        const onPart = x > left && x < sizePx - left && y > top && y < sizePx - top;
        const noise = random.uniform(-12, 12);
        const base = onPart ? [60, 60, 66] : [50, 110, 70];
        base.forEach((value, c) => (pixels[(y * sizePx + x) * 3 + c] = value + noise));
      }
    await sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
      .jpeg({ quality: 92 })
      .toFile(join(folder, `${String(n).padStart(5, '0')}.jpg`));
  }
}
