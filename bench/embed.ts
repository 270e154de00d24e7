import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { printReport, type Series } from './support/report.js';

const OPTIONS = {
  backbone: { type: 'string', default: 'rw_s' },
  'image-size': { type: 'string', default: '224' },
  batches: { type: 'string', default: '1,32' },
  threads: { type: 'string', default: '2' },
  steps: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '3' },
  python: { type: 'string', default: '/usr/bin/python3' },
} as const;

/** Peer in PyTorch: the benchmark model of ../shared/bench in eval mode without gradients. */
const PEER = `
import json, sys, time, importlib.util
import torch
spec = importlib.util.spec_from_file_location("peer", sys.argv[1]); peer = importlib.util.module_from_spec(spec); spec.loader.exec_module(peer)
backbone, size, batch, threads, steps, layout = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]), int(sys.argv[6]), sys.argv[7]
torch.set_num_threads(threads); torch.manual_seed(0)
net, x = peer.HOAMV2(backbone).eval(), torch.rand(batch, 3, size, size)
if layout == "channels-last":
    net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
times = []
with torch.inference_mode():
    for i in range(steps + 2):
        start = time.perf_counter(); torch.nn.functional.normalize(net(x)); times.append((time.perf_counter() - start) * 1e3)
print(json.dumps(times[2:]))
`;

type Values = Readonly<Record<keyof typeof OPTIONS, string>>;

/** Embedding with the exported model against PyTorch in eval mode, in processes of their own, turn by turn. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  for (const batch of values.batches.split(',')) {
    const contenders = new Map<string, () => number[]>([
      ['polarline', () => ours(values, batch)],
      ['pytorch', () => peer(values, batch, 'plain')],
      ['pytorch channels-last', () => peer(values, batch, 'channels-last')],
    ]);
    const figures = new Map<string, number[]>();
    for (let round = 0; round < Number(values.rounds); round++)
      for (const [name, measure] of contenders) figures.set(name, [...(figures.get(name) ?? []), ...measure()]);
    const series: Series[] = [...figures].map(([name, times]) => ({ name, values: times }));
    const best = series
      .filter(({ name }) => name.startsWith('pytorch'))
      .sort((a, b) => Math.min(...a.values) - Math.min(...b.values))[0]!;
    printReport({
      bench: 'embed',
      case: `HOAMV2 ${values.backbone}, ${values['image-size']} px, batch ${batch}, ${values.threads} threads`,
      unit: 'ms',
      baseline: best.name,
      goal: 'at most 0.6 of the better PyTorch',
      series,
    });
  }
}

function ours(values: Values, batch: string): number[] {
  const script = fileURLToPath(new URL('support/embed-child.js', import.meta.url));
  const options = JSON.stringify({ ...values, batch });
  return JSON.parse(execFileSync(process.execPath, [script, options], { encoding: 'utf8' })) as number[];
}

function peer(values: Values, batch: string, layout: string): number[] {
  const output = execFileSync(
    values.python,
    [
      '-c',
      PEER,
      '../shared/bench/torch_train_step.py',
      values.backbone,
      values['image-size'],
      batch,
      values.threads,
      values.steps,
      layout,
    ],
    { encoding: 'utf8' },
  );
  return JSON.parse(output) as number[];
}
