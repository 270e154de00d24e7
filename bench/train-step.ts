import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printReport, type Series } from './support/report.js';

const OPTIONS = {
  backbone: { type: 'string', default: 'rw_s' },
  'image-size': { type: 'string', default: '128' },
  /** One or several, separated by commas. */
  batch: { type: 'string', default: '8' },
  classes: { type: 'string', default: '5' },
  embedding: { type: 'string', default: '512' },
  threads: { type: 'string', default: '2' },
  steps: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  python: { type: 'string', default: '/usr/bin/python3' },
  /** `full`, `frozen` or both. */
  modes: { type: 'string', default: 'full,frozen' },
  /** `off` measures without ONNX Runtime's blocked layout. */
  nchwc: { type: 'string', default: 'on' },
  /** `auto`, `cpu`, `cuda`, `webgpu`, `dml` or `tensorflow`; with a device the peer runs on CUDA where it can. */
  engine: { type: 'string', default: 'cpu' },
  /** Of the peer; empty is `cuda --amp` for an engine on a device where PyTorch sees one, else `cpu`. */
  'peer-device': { type: 'string', default: '' },
  /** Watches resident memory over so many steps instead of comparing speed; 0 does not. */
  soak: { type: 'string', default: '0' },
} as const;

interface StepFigures {
  readonly times: readonly number[];
  readonly peakRssMiB: number;
  readonly readyMs?: number;
  readonly cpuTimes?: readonly number[];
  /** By `rss after <step>`, and `anonymous after <step>` on Linux. */
  readonly rssMiB?: Readonly<Record<string, number>>;
}

const PEER = 'shared/bench/torch_train_step.py';
const WARM_UP_STEPS = '2';

/**
 * One training step (forward, backward, AdamW) of HOAMV2 against PyTorch: each contender runs in its own
 * process, turn by turn, so that both meet the same machine.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  // Fresh, so that the first round shows what tracing costs and the later ones what the cache saves.
  const graphCacheFolder = mkdtempSync(join(tmpdir(), 'polarline-bench-graphs-'));
  try {
    for (const batch of values.batch.split(',')) {
      const one = { ...values, batch, graphCacheFolder };
      if (Number(values.soak) > 0) soak(one);
      else compare(one);
    }
  } finally {
    rmSync(graphCacheFolder, { recursive: true, force: true });
  }
}

/** Resident memory at a tenth, a half and the end of a long run; the goal is 2 % from the first to the last. */
function soak(values: Values): void {
  const steps = Number(values.soak);
  const marks = [0.1, 0.5, 1].map((share) => Math.max(1, Math.round(steps * share)));
  const series = values.modes.split(',').map((mode): Series => {
    const { times, rssMiB = {} } = measureOurs({ ...values, steps: String(steps) }, mode, marks);
    const change = (kind: string): string => {
      const [first, last] = [rssMiB[`${kind} after ${marks[0]}`], rssMiB[`${kind} after ${marks[2]}`]];
      return first === undefined || last === undefined ? 'not known' : `${(100 * (last / first - 1)).toFixed(2)} %`;
    };
    const changes = { 'rss change': change('rss'), 'anonymous change': change('anonymous') };
    return { name: `polarline ${mode}`, values: times, extra: { ...rssMiB, ...changes } };
  });
  printReport({
    bench: 'train-step',
    case: `${caseName(values)}, resident MiB over ${steps} steps`,
    unit: 'ms',
    baseline: series[0]!.name,
    goal: `at most 2 % from step ${marks[0]} on`,
    series,
  });
}

function caseName(values: Values): string {
  return `HOAMV2 ${values.backbone}, ${values['image-size']} px, batch ${values.batch}, engine ${values.engine}, ${values.threads} threads`;
}

/** Pictures a second in the fastest step. */
function imagesPerSecond(values: Values, times: readonly number[]): number {
  return Math.round((10_000 * Number(values.batch)) / Math.min(...times)) / 10;
}

function compare(values: Values): void {
  const figures = new Map<string, StepFigures[]>();
  const contenders = [...ours(values), ...peers(values)];
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name, measure } of contenders) figures.set(name, [...(figures.get(name) ?? []), measure()]);
  const series = [...figures]
    .map(([name, rounds]) => toSeries(name, rounds))
    .map((one) => ({ ...one, extra: { ...one.extra, imagesPerSecond: imagesPerSecond(values, one.values) } }));
  const torch = series.filter(({ name }) => name.startsWith('pytorch'));
  const best = torch.sort((a, b) => Math.min(...a.values) - Math.min(...b.values))[0];
  printReport({
    bench: 'train-step',
    case: caseName(values),
    unit: 'ms',
    baseline: best?.name ?? 'pytorch',
    goal: 'full step at most 0.85 of the better PyTorch, frozen backbone at most 0.45, peak memory at most 1.25',
    series,
  });
}

type Values = Readonly<Record<keyof typeof OPTIONS | 'graphCacheFolder', string>>;
interface Contender {
  readonly name: string;
  readonly measure: () => StepFigures;
}

function ours(values: Values): Contender[] {
  return values.modes
    .split(',')
    .map((mode) => ({ name: `polarline ${mode}`, measure: () => measureOurs(values, mode, []) }));
}

function measureOurs(values: Values, mode: string, watch: readonly number[]): StepFigures {
  const script = fileURLToPath(new URL('support/train-step-child.js', import.meta.url));
  const options = JSON.stringify({ ...values, mode, watch: watch.join() });
  return JSON.parse(execFileSync(process.execPath, [script, options], { encoding: 'utf8' })) as StepFigures;
}

/** Where the peer runs: on CUDA for an engine on a device, as long as its PyTorch sees one. */
function peerDevice(values: Values): string {
  if (values['peer-device'] !== '') return values['peer-device'];
  if (values.engine === 'cpu') return 'cpu';
  const seen = spawnSync(values.python, ['-c', 'import torch; print(torch.cuda.is_available())'], { encoding: 'utf8' });
  if (seen.status === 0 && seen.stdout.trim() === 'True') return 'cuda';
  console.error(`train-step: the PyTorch of ${values.python} sees no CUDA device; the peer runs on the processor`);
  return 'cpu';
}

/** The backbones that the peer knows. */
const PEER_BACKBONES = ['rw_s', 'rw_t'];

function peers(values: Values): Contender[] {
  if (!PEER_BACKBONES.includes(values.backbone)) {
    console.error(`train-step: no peer: ../${PEER} has ${PEER_BACKBONES.join(' and ')} only`);
    return [];
  }
  const script = [`../${PEER}`, PEER].find((path) => existsSync(path));
  if (script === undefined) {
    console.error(`train-step: no peer: ../${PEER} is absent`);
    return [];
  }
  const device = peerDevice(values);
  const onDevice = device === 'cpu' ? [] : ['--device', device, '--amp'];
  return [[], ['--channels-last']].map((layout) => ({
    name: [
      'pytorch',
      ...(device === 'cpu' ? [] : [device, 'amp']),
      ...(layout.length > 0 ? ['channels-last'] : []),
    ].join(' '),
    measure: () => {
      const flags = ['backbone', 'image-size', 'batch', 'classes', 'embedding', 'threads', 'steps'] as const;
      const output = execFileSync(
        values.python,
        [
          script,
          '--warmup',
          WARM_UP_STEPS,
          ...flags.flatMap((flag) => [`--${flag}`, values[flag]]),
          ...onDevice,
          ...layout,
        ],
        { encoding: 'utf8' },
      );
      const { min_ms, median_ms, peak_rss_mb } = JSON.parse(output) as Record<string, number>;
      return { times: [min_ms!, median_ms!], peakRssMiB: peak_rss_mb! };
    },
  }));
}

function toSeries(name: string, rounds: readonly StepFigures[]): Series {
  const ready = rounds.flatMap(({ readyMs }) => (readyMs === undefined ? [] : [readyMs]));
  const cpu = rounds.flatMap(({ cpuTimes = [] }) => cpuTimes);
  return {
    name,
    values: rounds.flatMap(({ times }) => times),
    extra: {
      peakRssMiB: Math.max(...rounds.map(({ peakRssMiB }) => peakRssMiB)),
      ...(cpu.length > 0 ? { 'processor ms': Math.round(Math.min(...cpu)) } : {}),
      ...(ready.length > 0 ? { 'ready ms, traced': Math.round(ready[0]!) } : {}),
      ...(ready.length > 1 ? { 'ready ms, kept graph': Math.round(Math.min(...ready.slice(1))) } : {}),
    },
  };
}
