import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../src/common/index.js';
import { retrievalMetrics } from '../src/training/metrics/index.js';
import { alternate, milliseconds, printReport, type Series } from './support/report.js';

const OPTIONS = {
  count: { type: 'string', default: '10000' },
  large: { type: 'string', default: '50000' },
  dimension: { type: 'string', default: '512' },
  classes: { type: 'string', default: '5' },
  /** Distance of the classes from one another, in standard deviations of their noise. */
  separation: { type: 'string', default: '0.12' },
  repetitions: { type: 'string', default: '3' },
  python: { type: 'string', default: '/usr/bin/python3' },
} as const;

const PEER = 'bench/support/metrics_numpy.py';

interface VectorSet {
  readonly embeddings: Float32Array;
  readonly labels: Int32Array;
  readonly groups: Int32Array;
  readonly dimension: number;
}

interface PeerAnswer {
  readonly ms: number;
  readonly figures: readonly number[];
  readonly peakRssMiB: number;
  readonly numpy: string;
}

/** Leave-one-out P@1, R-precision, MAP@R, MAP and MRR: against NumPy in blocks, and at full size alone. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const [dimension, classes] = [Number(values.dimension), Number(values.classes)];
  await againstNumpy(makeSet(Number(values.count), dimension, classes, Number(values.separation)), values);
  await fullSize(makeSet(Number(values.large), dimension, classes, Number(values.separation)));
}

async function againstNumpy(set: VectorSet, values: { repetitions: string; python: string }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'polarline-bench-metrics-'));
  try {
    const files = await writeSet(folder, set);
    const peers: PeerAnswer[] = [];
    const contenders = new Map<string, () => Promise<number> | number>([
      ['polarline', () => milliseconds(() => retrievalMetrics(set))],
    ]);
    if (peerWorks(values.python))
      contenders.set('NumPy', () => {
        const text = execFileSync(values.python, [PEER, ...files, String(set.dimension)], { encoding: 'utf8' });
        peers.push(JSON.parse(text) as PeerAnswer);
        return peers.at(-1)!.ms;
      });
    else console.error(`metrics: no peer: ${values.python} has no numpy (Debian: apt-get install python3-numpy)`);
    const series = await alternate(contenders, Number(values.repetitions));
    await compareFigures(set, peers);
    printReport({
      bench: 'metrics',
      case: `${set.labels.length} embeddings of ${set.dimension} against NumPy ${peers[0]?.numpy ?? ''}`,
      unit: 'ms',
      baseline: 'NumPy',
      series: series.map((one): Series => (one.name === 'NumPy' ? { ...one, extra: memory(peers) } : one)),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function fullSize(set: VectorSet): Promise<void> {
  const ms = await milliseconds(() => retrievalMetrics(set));
  const peakRssMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  printReport({
    bench: 'metrics',
    case: `${set.labels.length} embeddings of ${set.dimension}`,
    unit: 'ms',
    baseline: 'polarline',
    goal: '60 s and 2 GB',
    series: [{ name: 'polarline', values: [ms], extra: { peakRssMiB } }],
  });
}

/** Fast and wrong is no contest: both must find the same. */
async function compareFigures(set: VectorSet, peers: readonly PeerAnswer[]): Promise<void> {
  const m = await retrievalMetrics(set);
  const ours = [m.precisionAt1, m.rPrecision, m.mapAtR, m.meanAveragePrecision, m.meanReciprocalRank];
  for (const { figures } of peers.slice(0, 1))
    figures.forEach((theirs, i) => {
      if (Math.abs(theirs - ours[i]!) > 1e-4)
        throw new Error(`figures differ: ${ours.join(', ')} and ${figures.join(', ')}`);
    });
}

/** Noisy classes in groups of four, as an image and its turned copies are. */
function makeSet(count: number, dimension: number, classes: number, separation: number): VectorSet {
  const random = new Random('bench metrics');
  const centres = Float32Array.from({ length: classes * dimension }, () => random.normal() * separation);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  const groups = Int32Array.from({ length: count }, (_, i) => Math.floor(i / (4 * classes)) * classes + (i % classes));
  const embeddings = new Float32Array(count * dimension);
  for (let i = 0; i < embeddings.length; i++) {
    const centre = centres[labels[Math.floor(i / dimension)]! * dimension + (i % dimension)]!;
    // The sum of three uniforms is normal enough, and 25 million of them are wanted.
    embeddings[i] = centre + (random.next() + random.next() + random.next() - 1.5) * 2;
  }
  return { embeddings, labels, groups, dimension };
}

async function writeSet(folder: string, { embeddings, labels, groups }: VectorSet): Promise<string[]> {
  const files: string[] = [];
  for (const [name, values] of Object.entries({ embeddings, labels, groups })) {
    const file = join(folder, name);
    await writeFile(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    files.push(file);
  }
  return files;
}

function memory(peers: readonly PeerAnswer[]): { peakRssMiB: number } {
  return { peakRssMiB: Math.round(Math.max(...peers.map(({ peakRssMiB }) => peakRssMiB))) };
}

function peerWorks(python: string): boolean {
  try {
    execFileSync(python, ['-c', 'import numpy'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
