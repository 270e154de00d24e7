import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { printReport, type Series } from './support/report.js';

const OPTIONS = {
  backbone: { type: 'string', default: 'rw_s' },
  'image-size': { type: 'string', default: '128' },
  batch: { type: 'string', default: '8' },
  classes: { type: 'string', default: '5' },
  embedding: { type: 'string', default: '512' },
  threads: { type: 'string', default: '2' },
  steps: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  python: { type: 'string', default: '/usr/bin/python3' },
  /** `full`, `frozen` or both. */
  modes: { type: 'string', default: 'full,frozen' },
} as const;

interface StepFigures {
  readonly times: readonly number[];
  readonly peakRssMiB: number;
  readonly readyMs?: number;
}

const PEER = 'shared/bench/torch_train_step.py';
const WARM_UP_STEPS = '2';

/**
 * One training step (forward, backward, AdamW) of HOAMV2 against PyTorch: each contender runs in its own
 * process, turn by turn, so that both meet the same machine.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const figures = new Map<string, StepFigures[]>();
  const contenders = [...ours(values), ...peers(values)];
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name, measure } of contenders) figures.set(name, [...(figures.get(name) ?? []), measure()]);
  const series = [...figures].map(([name, rounds]) => toSeries(name, rounds));
  const torch = series.filter(({ name }) => name.startsWith('pytorch'));
  const best = torch.sort((a, b) => Math.min(...a.values) - Math.min(...b.values))[0];
  printReport({
    bench: 'train-step',
    case: `HOAMV2 ${values.backbone}, ${values['image-size']} px, batch ${values.batch}, ${values.threads} threads`,
    unit: 'ms',
    baseline: best?.name ?? 'pytorch',
    goal: 'full step at most 0.85 of the better PyTorch, frozen backbone at most 0.45, peak memory at most 1.25',
    series,
  });
}

type Values = Readonly<Record<keyof typeof OPTIONS, string>>;
interface Contender {
  readonly name: string;
  readonly measure: () => StepFigures;
}

function ours(values: Values): Contender[] {
  const script = fileURLToPath(new URL('support/train-step-child.js', import.meta.url));
  return values.modes.split(',').map((mode) => ({
    name: `polarline ${mode}`,
    measure: () =>
      JSON.parse(
        execFileSync(process.execPath, [script, JSON.stringify({ ...values, mode })], { encoding: 'utf8' }),
      ) as StepFigures,
  }));
}

function peers(values: Values): Contender[] {
  const script = [`../${PEER}`, PEER].find((path) => existsSync(path));
  if (script === undefined) {
    console.error(`train-step: no peer: ../${PEER} is absent`);
    return [];
  }
  return [[], ['--channels-last']].map((extra) => ({
    name: `pytorch${extra.length > 0 ? ' channels-last' : ''}`,
    measure: () => {
      const flags = ['backbone', 'image-size', 'batch', 'classes', 'embedding', 'threads', 'steps'] as const;
      const output = execFileSync(
        values.python,
        [script, '--warmup', WARM_UP_STEPS, ...flags.flatMap((flag) => [`--${flag}`, values[flag]]), ...extra],
        { encoding: 'utf8' },
      );
      const { min_ms, median_ms, peak_rss_mb } = JSON.parse(output) as Record<string, number>;
      return { times: [min_ms!, median_ms!], peakRssMiB: peak_rss_mb! };
    },
  }));
}

function toSeries(name: string, rounds: readonly StepFigures[]): Series {
  const ready = rounds.flatMap(({ readyMs }) => (readyMs === undefined ? [] : [readyMs]));
  return {
    name,
    values: rounds.flatMap(({ times }) => times),
    extra: {
      peakRssMiB: Math.max(...rounds.map(({ peakRssMiB }) => peakRssMiB)),
      ...(ready.length > 0 ? { readyMs: Math.round(Math.min(...ready)) } : {}),
    },
  };
}
