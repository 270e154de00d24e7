import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../src/common/index.js';
import { startService } from '../../src/main.js';
import { createServicePlace } from '../../test/support/service-harness.js';
import { createTinyLine } from '../../test/support/tiny-line.js';
import { WorkerProcess } from '../../test/support/worker-process.js';
import { findTrailProblems } from './task-trail.js';

export interface SoakResult {
  readonly tasks: number;
  readonly kills: number;
  /** Starts that were sent twice with one Idempotency-Key. */
  readonly repeated: number;
  readonly startSeconds: number;
  readonly totalSeconds: number;
  readonly problems: readonly string[];
}

export interface SoakOptions {
  readonly tasks: number;
  readonly seed: number;
  /** Mean time between kills. */
  readonly killEveryMs: number;
  readonly limitMs: number;
  /** Every so many-th start is sent twice. Default 10. */
  readonly repeatEvery?: number;
}

const STEPS = ['scan', 'classify', 'collect', 'samples'];
const WORKERS = 3;

/**
 * A burst of starts over REST while three workers take them to the gate, one of which is killed without warning
 * again and again. None may be lost and none doubled.
 */
export async function soak({ tasks, seed, killEveryMs, limitMs, repeatEvery = 10 }: SoakOptions): Promise<SoakResult> {
  const random = new Random(seed);
  const place = await createServicePlace([`limits.waitingTasks=${tasks * 2}`]);
  const workers: WorkerProcess[] = [];
  let service;
  try {
    service = await startService({ overrides: place.overrides, worker: 'none' });
    const line = await createTinyLine(place.root, { boards: 1, components: ['IC1'], ng: 0 });
    for (let i = 0; i < WORKERS; i++) workers.push(await WorkerProcess.start(place.overrides));
    const { url } = service;
    const body = JSON.stringify({
      input_dir: line.inputDir,
      site: 'HPH',
      line_id: 'V31',
      metadata_csv: line.metadataCsv,
    });
    const start = async (n: number): Promise<void> => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `soak-${n}` };
      const answer = await fetch(`${url}/training/start`, { method: 'POST', headers, body });
      if (answer.status !== 201) throw new Error(`start ${n}: ${answer.status} ${await answer.text()}`);
      await answer.body?.cancel();
    };

    const startedAt = performance.now();
    let kills = 0;
    const over = new AbortController();
    const killer = (async () => {
      // The first at once: a fast machine may be done before long.
      do {
        const i = Math.floor(random.uniform(0, WORKERS));
        await workers[i]!.kill();
        kills++;
        workers[i] = await WorkerProcess.start(place.overrides);
        await sleep(killEveryMs * random.uniform(0.5, 1.5), undefined, { signal: over.signal }).catch(() => undefined);
      } while (!over.signal.aborted);
    })();
    let startSeconds: number;
    let repeated = 0;
    try {
      const numbers = Array.from({ length: tasks }, (_, n) => n);
      const requests = numbers.flatMap((n) => (n % repeatEvery === 0 ? (repeated++, [n, n]) : [n]));
      let next = 0;
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          while (next < requests.length) await start(requests[next++]!);
        }),
      );
      startSeconds = (performance.now() - startedAt) / 1000;
      const deadline = Date.now() + limitMs;
      while ((await service.tasks.list({ status: ['pending_orientation'], limit: 1 })).total < tasks) {
        if (Date.now() > deadline) break;
        await sleep(200);
      }
    } finally {
      over.abort();
      await killer;
    }
    const problems = await findTrailProblems({
      schema: 'polarline',
      databaseUrl: place.database.url,
      runsFolder: place.runsFolder,
      tasks,
      states: ['pending', 'pending_orientation'],
      steps: STEPS,
      artefacts: false,
    });
    return { tasks, kills, repeated, startSeconds, totalSeconds: (performance.now() - startedAt) / 1000, problems };
  } finally {
    for (const worker of workers) await worker.kill();
    await service?.stop();
    await place.release();
  }
}
