// One process of the train-step benchmark: a session, a warm-up, timed steps, one JSON line.
import { readFileSync } from 'node:fs';
import { Random } from '../../src/common/index.js';
import { trainConfigSchema } from '../../src/training/config.js';
import { selectEngine } from '../../src/training/engines/index.js';

const options = JSON.parse(process.argv[2] ?? '{}') as Record<string, string>;
const number = (name: string): number => Number(options[name]);

const BACKBONES: Readonly<Record<string, string>> = {
  rw_s: 'efficientnetv2_rw_s',
  rw_t: 'efficientnetv2_rw_t',
  v2_s: 'efficientnetv2_s',
  tf_b0: 'tf_efficientnetv2_b0',
};
/** The configuration that asks for an engine of the command line; the schema refuses what it does not know. */
function engineSettings(engine: string): Record<string, string> {
  if (engine === 'auto' || engine === 'tensorflow') return { engine };
  return { engine: 'onnx', executionProvider: engine };
}
const config = trainConfigSchema.parse({
  model: {
    backbone: BACKBONES[options['backbone'] ?? ''] ?? options['backbone'],
    embeddingSize: number('embedding'),
  },
  training: engineSettings(options['engine'] ?? 'cpu'),
});
const [batchSize, imageSizePx, classCount] = [number('batch'), number('image-size'), number('classes')];
const hyper = {
  learningRateBackbone: 1.5e-5,
  learningRateHead: 3e-4,
  weightDecay: 1e-4,
  weightDecayExemptions: false,
  gradientClipNorm: null,
  marginRad: 0.4,
  frozenBackbone: options['mode'] === 'frozen',
};

const toMiB = (bytes: number): number => Math.round((bytes / 2 ** 20) * 10) / 10;
/** Resident memory without pages of files, which the kernel may take back when they are not read; null but on Linux. */
function anonymousBytes(): number | null {
  if (process.platform !== 'linux') return null;
  const [, kib] = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return kib === undefined ? null : Number(kib) * 1024;
}

const start = performance.now();
const { engine } = await selectEngine(config, {
  blockedLayout: options['nchwc'] !== 'off',
  graphCacheFolder: options['graphCacheFolder'],
});
const session = await engine.createSession({
  model: config.model,
  loss: config.loss,
  classCount,
  batchSize,
  imageSizePx,
  normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  seed: 0,
  threads: number('threads'),
});
const random = new Random(0);
const images = Float32Array.from({ length: batchSize * 3 * imageSizePx ** 2 }, () => random.next());
const labels = Int32Array.from({ length: batchSize }, (_, i) => Math.floor(i / 2) % classCount);
await session.step(images, labels, hyper);
const readyMs = performance.now() - start;
await session.step(images, labels, hyper);
const times: number[] = [];
const cpuTimes: number[] = [];
const rssMiB: Record<string, number> = {};
const watched = (options['watch'] ?? '').split(',').filter((step) => step !== '');
for (let i = 1; i <= number('steps'); i++) {
  const begin = performance.now();
  const cpu = process.cpuUsage();
  await session.step(images, labels, hyper);
  const { user, system } = process.cpuUsage(cpu);
  times.push(performance.now() - begin);
  cpuTimes.push((user + system) / 1000);
  if (watched.includes(String(i))) {
    rssMiB[`rss after ${i}`] = toMiB(process.memoryUsage.rss());
    const anonymous = anonymousBytes();
    if (anonymous !== null) rssMiB[`anonymous after ${i}`] = toMiB(anonymous);
  }
}
const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ times, cpuTimes, peakRssMiB, readyMs: readyMs - Math.min(...times), rssMiB }));
await session.dispose();
