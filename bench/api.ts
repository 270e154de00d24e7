import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import autocannon from 'autocannon';

import { fillTasks } from './support/fill-tasks.js';
import { acquireEmbeddedPostgres, removeEmbeddedPostgres } from '../src/infra/database/index.js';

const OPTIONS = {
  tasks: { type: 'string', default: '100000' },
  clients: { type: 'string', default: '50' },
  seconds: { type: 'string', default: '10' },
  /** Questions whose name has this in it. */
  only: { type: 'string', default: '' },
  /** Arguments for the service's Node, e.g. `--node=--cpu-prof`. */
  node: { type: 'string', default: '' },
} as const;

/** The service in a process of its own, asked by many clients at once over a table of many tasks. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  const folder = await mkdtemp(join(tmpdir(), 'polarline-bench-api-'));
  const server = await acquireEmbeddedPostgres(join(folder, 'postgres'), { port: 0, durable: false });
  let service: ChildProcess | undefined;
  try {
    const overrides = [
      `database.url=${server.url}`,
      `storage.dataFolder=${JSON.stringify(join(folder, 'data'))}`,
      'server.port=0',
      'logging.level=error',
      'limits.requestsPerMinute=1000000',
    ];
    const ids = await fillTasks(server.url, overrides, Number(values.tasks));
    service = fork(fileURLToPath(new URL('./support/api-child.js', import.meta.url)), [JSON.stringify(overrides)], {
      execArgv: values.node.split(' ').filter((argument) => argument !== ''),
    });
    const [{ url }] = (await once(service, 'message')) as [{ url: string }];
    const pick = (): string => ids[Math.floor(Math.random() * ids.length)]!;
    const questions: Record<string, () => string> = {
      'list, first page': () => '/training/list',
      'list, a page in the middle': () => `/training/list?limit=50&offset=${Math.floor(Math.random() * 2000)}`,
      'filter by state and line': () =>
        `/training/list?status=failed&site=HPH&line_id=V${Math.floor(Math.random() * 20)}`,
      'filter by text': () => `/training/list?text=${pick().slice(0, 8)}`,
      'status of a task': () => `/training/status/${pick()}`,
      'alive, no database': () => '/health/live',
    };
    console.log(`API over ${values.tasks} tasks, ${values.clients} clients; goal: p99 under 30 ms`);
    for (const [name, path] of Object.entries(questions)) {
      if (!name.includes(values.only)) continue;
      await ask(url, path, Number(values.clients), 2);
      const before = await useOf(service);
      const { latency, requests, non2xx, errors } = await ask(
        url,
        path,
        Number(values.clients),
        Number(values.seconds),
      );
      const after = await useOf(service);
      const cpuMs = (after.cpuMs - before.cpuMs) / requests.total;
      console.log(
        `${name.padEnd(26)} p50 ${latency.p50} ms, p99 ${latency.p99} ms, ` +
          `${Math.round(requests.average)} answers/s, ${cpuMs.toFixed(2)} ms of processor an answer, ` +
          `${non2xx + errors} errors, ${Math.round(after.residentBytes / 1024 / 1024)} MiB`,
      );
    }
  } finally {
    if (service?.connected) {
      service.disconnect();
      await once(service, 'exit');
    }
    await server.release();
    await removeEmbeddedPostgres(join(folder, 'postgres'));
    await rm(folder, { recursive: true, force: true });
  }
}

function ask(url: string, path: () => string, connections: number, duration: number): Promise<autocannon.Result> {
  return autocannon({
    url,
    connections,
    duration,
    requests: [{ method: 'GET', setupRequest: (request) => ({ ...request, path: path() }) }],
  });
}

interface Use {
  readonly residentBytes: number;
  /** User and system time since the process began. */
  readonly cpuMs: number;
}

async function useOf(child: ChildProcess): Promise<Use> {
  child.send('use');
  const [use] = (await once(child, 'message')) as [Use];
  return use;
}
