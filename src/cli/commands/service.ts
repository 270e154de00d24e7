import type { Command } from 'commander';
import { once } from 'node:events';
import { badInput } from '../../common/index.js';
import { collect, wholeNumber, type CommandContext, type CommandSpec } from '../program.js';

interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  readonly worker: boolean;
  readonly set?: readonly string[];
}

export const serveCommand: CommandSpec = {
  name: 'serve',
  define: (command: Command) =>
    command
      .description('serve pages and REST, with a worker beside them, until stopped')
      .option('--host <address>', 'address to listen on (default: as in configs.yaml, 127.0.0.1)')
      .option('--port <port>', 'port to listen on, 0 for a free one (default: as in configs.yaml, 8080)', wholeNumber)
      .option('--no-worker', 'take no jobs here; polarline worker does')
      .option('--set <key=value>', 'one setting of configs.yaml, e.g. logging.level=debug; may be repeated', collect)
      .addHelpText(
        'after',
        '\nCtrl-C stops it: steps at work keep their checkpoint and go on with the next start.\n\nExamples:\n  $ polarline serve\n  $ polarline serve --port 0 --json   (the first line of stdout holds the address)',
      ),
  run: async (
    { host, port, worker, set }: ServeOptions,
    _args: readonly string[],
    { output, signal }: CommandContext,
  ) => {
    const { startService } = await import('../../main.js');
    const service = await startService({
      worker: worker ? 'child' : 'none',
      overrides: [
        ...(host === undefined ? [] : [`server.host=${JSON.stringify(host)}`]),
        ...(port === undefined ? [] : [`server.port=${port}`]),
        ...(set ?? []),
      ],
    });
    try {
      output.event({ type: 'serving', url: service.url, pid: process.pid });
      output.line(`Polarline serves ${service.url ?? 'nothing'}. Ctrl-C stops it.`);
      await stopAsked(signal);
    } finally {
      await service.stop();
    }
  },
};

interface WorkerCommandOptions {
  readonly queues?: string;
  readonly concurrency?: readonly string[];
  readonly set?: readonly string[];
}

const QUEUES = ['prepare', 'train', 'evaluate', 'download'] as const;
type QueueName = (typeof QUEUES)[number];

export const workerCommand: CommandSpec = {
  name: 'worker',
  define: (command: Command) =>
    command
      .description('take jobs from the queues, until stopped; serves nothing')
      .option('--queues <names>', `which queues, comma-separated: ${QUEUES.join(', ')} (default: all)`)
      .option('--concurrency <queue=n>', 'jobs of a queue at a time; may be repeated', collect)
      .option('--set <key=value>', 'one setting of configs.yaml; may be repeated', collect)
      .addHelpText(
        'after',
        '\nSeveral workers may share one database (DATABASE_URL) and one storage folder, on one host or many.\n\nExamples:\n  $ polarline worker\n  $ polarline worker --queues train --concurrency train=1',
      ),
  run: async (
    { queues, concurrency, set }: WorkerCommandOptions,
    _args: readonly string[],
    context: CommandContext,
  ) => {
    const { startWorker } = await import('../../worker.js');
    const worker = await startWorker({
      ...(queues === undefined ? {} : { queues: queues.split(',').map((name) => queueName(name.trim(), '--queues')) }),
      concurrency: Object.fromEntries((concurrency ?? []).map(parseConcurrency)),
      overrides: set ?? [],
    });
    try {
      context.output.event({ type: 'working', queues: queues?.split(',') ?? QUEUES, pid: process.pid });
      context.output.line('Taking jobs. Ctrl-C stops.');
      await stopAsked(context.signal);
    } finally {
      await worker.stop();
    }
  },
};

/** A service that is asked to stop has done its work: exit code 0. */
async function stopAsked(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function queueName(name: string, option: string): QueueName {
  const known = QUEUES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  throw badInput('QUEUE_UNKNOWN', `${option}: expected ${QUEUES.join(', ')}, got "${name}"`);
}

function parseConcurrency(text: string): [QueueName, number] {
  const [name = '', count = ''] = text.split('=');
  if (!/^\d+$/.test(count))
    throw badInput('CONCURRENCY_INVALID', `--concurrency: expected for example train=1, got "${text}"`);
  return [queueName(name, '--concurrency'), Number(count)];
}
