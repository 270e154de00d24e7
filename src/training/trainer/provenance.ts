import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrainConfig } from '../config.js';
import type { TrainingData } from './training-data.js';

const PACKAGES = ['onnxruntime-node', '@tensorflow/tfjs-core', 'sharp'];

/** Program, runtime and package versions, and the git revision where the program runs from a clone. */
export async function provenance(): Promise<Record<string, unknown>> {
  const root = projectRoot();
  return {
    polarline: root === null ? null : await packageVersion(join(root, 'package.json')),
    gitRevision: root === null ? null : await gitRevision(root),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    packages: Object.fromEntries(
      await Promise.all(PACKAGES.map(async (name) => [name, await installedVersion(name)] as const)),
    ),
  };
}

/**
 * What a checkpoint must agree on with the training that wants to go on from it: settings, pictures in their order with
 * their labels, and what their pixels are normalised by. A setting that a later release adds counts as well.
 */
export function fingerprint(config: TrainConfig, data: TrainingData): string {
  const { experiment, model, training, loss } = config;
  // Threads and memory do not shape the result, and a machine may be changed between two attempts.
  const shaping = {
    seed: experiment.seed,
    model,
    data: { ...config.data, loaderThreads: 0, cacheMiB: 0 },
    training: {
      ...training,
      threads: 0,
      engine: '',
      executionProvider: '',
      onDeviceLost: '',
      checkpointEverySeconds: 0,
    },
    loss,
    datasetDigest: data.digest,
    pictures: data.rows.map(({ path, label }) => [path, label]),
    classes: data.classes,
    normalisation: data.normalisation,
  };
  return createHash('sha256').update(JSON.stringify(shaping)).digest('hex');
}

function projectRoot(): string | null {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}

async function gitRevision(root: string): Promise<string | null> {
  const textOf = (path: string): Promise<string | null> =>
    readFile(path, 'utf8').then(
      (text) => text.trim(),
      () => null,
    );
  // In a linked work tree `.git` is a file that names its folder; references are in the common one.
  const pointer = /^gitdir: (.+)$/.exec((await textOf(join(root, '.git'))) ?? '')?.[1];
  const own = pointer === undefined ? join(root, '.git') : resolve(root, pointer);
  const common = resolve(own, (await textOf(join(own, 'commondir'))) ?? '.');
  const read = async (...parts: string[]): Promise<string | null> =>
    (await textOf(join(own, ...parts))) ?? textOf(join(common, ...parts));
  const head = await read('HEAD');
  if (head === null || !head.startsWith('ref: ')) return head;
  const reference = head.slice('ref: '.length);
  const loose = await read(...reference.split('/'));
  if (loose !== null) return loose;
  const packed = (await read('packed-refs')) ?? '';
  return (
    packed
      .split('\n')
      .find((line) => line.endsWith(` ${reference}`))
      ?.split(' ')[0] ?? null
  );
}

async function installedVersion(name: string): Promise<string | null> {
  const paths = createRequire(import.meta.url).resolve.paths(name) ?? [];
  for (const path of paths) {
    const version = await packageVersion(join(path, ...name.split('/'), 'package.json'));
    if (version !== null) return version;
  }
  return null;
}

async function packageVersion(path: string): Promise<string | null> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { version?: string }).version ?? null;
  } catch {
    return null;
  }
}
