import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { Random } from '../../src/common/index.js';
import {
  acquireEmbeddedPostgres,
  removeEmbeddedPostgres,
  type DatabaseHandle,
} from '../../src/infra/database/index.js';
import { createCliPlace, type CliPlace } from '../../test/support/cli-place.js';
import { PolarlineProcess } from '../../test/support/polarline-process.js';
import { hasSshd, Sshd } from '../../test/support/sshd.js';
import { TINY_TRAINING } from '../../test/support/tiny-training.js';
import { findTrailProblems } from './task-trail.js';
import { freePort } from '../../test/support/free-port.js';

export interface ChaosOptions {
  readonly tasks: number;
  readonly seed: number;
  /** Mean time between two blows. */
  readonly everyMs: number;
  readonly limitMs: number;
  /** Which blows there are, in the order of their first use; all by default. */
  readonly blows?: readonly Blow[];
  /** After so many all are left in peace, so that a slow machine comes to an end too; no limit by default. */
  readonly mostBlows?: number;
  readonly say?: (text: string) => void;
}

const BLOWS = ['worker', 'api', 'tunnel', 'database'] as const;
export type Blow = (typeof BLOWS)[number];

export interface ChaosResult {
  readonly tasks: number;
  readonly ended: Readonly<Record<string, number>>;
  readonly blows: Readonly<Record<Blow, number>>;
  /** Tunnels cut while a task was asking the factory. */
  readonly cutsWhileClassifying: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

interface ListedTask {
  readonly task_id: string;
  readonly status: string;
  readonly current_step: string | null;
}

const STEPS = ['scan', 'classify', 'collect', 'samples', 'dataset', 'train', 'evaluate', 'summary'];
const STATES = ['pending', 'pending_orientation', 'running', 'completed'];
/** Stopping and starting PostgreSQL takes seconds in which nothing else can be learnt. */
const MOST_DATABASE_STOPS = 3;
/** Nobody answers a gate before, so that a fast machine is struck too. */
const FEWEST_BLOWS = 2;

/** Everything that runs: a database of our own, the API, two workers, the factory behind OpenSSH's server. */
class Factory {
  private constructor(
    readonly place: CliPlace,
    private readonly postgresFolder: string,
    private postgres: DatabaseHandle,
    readonly sshd: Sshd | null,
    readonly api: PolarlineProcess,
    readonly workers: readonly PolarlineProcess[],
  ) {}

  static async open(): Promise<Factory> {
    const place = await createCliPlace({ imagesPerClass: 8, maxClasses: 2, ngShare: 0.25, withTrouble: false });
    const postgresFolder = place.folder('postgres');
    const postgres = await acquireEmbeddedPostgres(postgresFolder, { port: await freePort(), durable: false });
    const sshd = hasSshd() ? await Sshd.start(place.folder('sshd'), await freePort()) : null;
    await place.writeAppConfig({
      server: { port: await freePort() },
      database: { url: postgres.url },
      storage: { minimumFreeMiB: 0, runsFolder: place.folder('runs') },
      // Short leases and small questions, so that blows hit something and recovery is quick.
      metadata: { batchSize: 2, parallelBatches: 1, connectTimeoutSeconds: 5, attempts: 10 },
      queue: { attempts: 20, retryDelaySeconds: 0.2, lockSeconds: 5, stalledCheckSeconds: 1 },
      limits: { requestsPerMinute: 1_000_000 },
      logging: { level: 'error' },
    });
    if (sshd) {
      const path = place.folder('configs', 'database_configs.yaml');
      const { sites } = parse(await readFile(path, 'utf8')) as { sites: Record<string, object> };
      await writeFile(path, stringify({ sites: { HPH: { ...sites.HPH, ssh: sshd.login } } }));
    }
    const env = { ...place.env, DATABASE_URL: postgres.url };
    const api = new PolarlineProcess(['serve', '--no-worker'], env);
    await api.ready();
    const workers = [new PolarlineProcess(['worker'], env), new PolarlineProcess(['worker'], env)];
    return new Factory(place, postgresFolder, postgres, sshd, api, workers);
  }

  get databaseUrl(): string {
    return this.postgres.url;
  }

  /** PostgreSQL stopped and started on the same port, while everybody uses it. */
  async restartDatabase(downMs: number): Promise<void> {
    const port = Number(new URL(this.postgres.url).port);
    await this.postgres.release();
    await sleep(downMs);
    this.postgres = await acquireEmbeddedPostgres(this.postgresFolder, { port, durable: false });
  }

  async close(): Promise<void> {
    await Promise.all([this.api.end(), ...this.workers.map((worker) => worker.end())]);
    await this.sshd?.end();
    await this.postgres.release();
    await removeEmbeddedPostgres(this.postgresFolder);
    await this.place.release();
  }
}

/** Tasks from start to end while processes are killed, PostgreSQL is stopped and the tunnel is cut, by a seed. */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const { tasks: count, seed, everyMs, limitMs, blows: kinds = BLOWS, say = () => undefined } = options;
  const { mostBlows = Infinity } = options;
  const random = new Random(seed);
  const factory = await Factory.open();
  const blows: Record<Blow, number> = { worker: 0, api: 0, tunnel: 0, database: 0 };
  let cutsWhileClassifying = 0;
  const startedAt = performance.now();
  try {
    const deadline = Date.now() + limitMs;
    let tasks: readonly ListedTask[] = [];
    const over = new AbortController();
    const strike = async (blow: Blow): Promise<void> => {
      blows[blow]++;
      say(`${((performance.now() - startedAt) / 1000).toFixed(0)} s: ${blow}`);
      if (blow === 'worker') factory.workers[Math.floor(random.uniform(0, factory.workers.length))]!.kill();
      else if (blow === 'api') factory.api.kill();
      else if (blow === 'database') await factory.restartDatabase(random.uniform(500, 2000));
      else {
        if (tasks.some((task) => task.current_step === 'classify' && task.status === 'pending')) cutsWhileClassifying++;
        await factory.sshd?.cut();
      }
    };
    const possible = (blow: Blow): boolean =>
      (blow !== 'database' || blows.database < MOST_DATABASE_STOPS) && (blow !== 'tunnel' || factory.sshd !== null);
    const striker = (async () => {
      for (let round = 0; round < mostBlows && !over.signal.aborted; round++) {
        await sleep(everyMs * random.uniform(0.5, 1.5), undefined, { signal: over.signal }).catch(() => undefined);
        if (over.signal.aborted) return;
        const asking =
          possible('tunnel') && kinds.includes('tunnel') && tasks.some((one) => one.current_step === 'classify');
        const choices = kinds.filter(possible);
        const first = kinds[round];
        if (asking && cutsWhileClassifying === 0) await strike('tunnel');
        else if (first !== undefined && possible(first)) await strike(first);
        else if (choices.length > 0) await strike(choices[Math.floor(random.uniform(0, choices.length))]!);
      }
    })();
    try {
      const client = new PatientClient(factory.api, deadline);
      const { inputDir, orientations } = factory.place.line;
      const { model, data, training } = TINY_TRAINING;
      const body = {
        input_dir: inputDir,
        site: 'HPH',
        line_id: 'V31',
        model_config: model,
        data_config: data,
        training_config: { ...training, checkpointEverySeconds: 1 },
      };
      for (let n = 0; n < count; n++)
        await client.call('POST', '/training/start', body, { 'Idempotency-Key': `chaos-${n}` });
      const ended = (task: ListedTask): boolean => ['completed', 'failed', 'cancelled'].includes(task.status);
      while (Date.now() < deadline) {
        ({ tasks } = (await client.call('GET', '/training/list?limit=500')) as { tasks: ListedTask[] });
        if (tasks.length === count && tasks.every(ended)) break;
        const struck = Object.values(blows).reduce((sum, n) => sum + n, 0);
        for (const task of struck < FEWEST_BLOWS ? [] : tasks)
          if (task.status === 'pending_orientation')
            await client.call('POST', `/orientation/confirm/${task.task_id}`, { orientations });
        await sleep(250);
      }
    } finally {
      over.abort();
      await striker;
    }
    const endedBy: Record<string, number> = {};
    for (const { status } of tasks) endedBy[status] = (endedBy[status] ?? 0) + 1;
    const problems = await findTrailProblems({
      schema: 'polarline',
      databaseUrl: factory.databaseUrl,
      runsFolder: factory.place.folder('runs'),
      tasks: count,
      states: STATES,
      steps: STEPS,
      artefacts: true,
    });
    const seconds = (performance.now() - startedAt) / 1000;
    return { tasks: count, ended: endedBy, blows, cutsWhileClassifying, seconds, problems };
  } finally {
    await factory.close();
  }
}

/** A program that does not give up while the service is away: it repeats what was not answered. */
class PatientClient {
  constructor(
    private readonly api: PolarlineProcess,
    private readonly deadline: number,
  ) {}

  async call(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<unknown> {
    for (;;) {
      const outcome = await this.attempt(method, path, body, headers);
      if (outcome.done) return outcome.value;
      if (Date.now() > this.deadline) throw new Error(`${method} ${path}: ${outcome.why}`);
      await sleep(200);
    }
  }

  private async attempt(
    method: string,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
  ): Promise<{ done: true; value: unknown } | { done: false; why: string }> {
    try {
      const { url } = await this.api.ready();
      const answer = await fetch(new URL(path, String(url)), {
        method,
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      const value = await answer.json();
      // Somebody's answer that was lost on the way has counted: confirmed already.
      if (answer.ok || answer.status === 409) return { done: true, value };
      if (answer.status < 500) throw new Refused(`${method} ${path}: ${answer.status} ${JSON.stringify(value)}`);
      return { done: false, why: `${answer.status} ${JSON.stringify(value)}` };
    } catch (error) {
      if (error instanceof Refused) throw error;
      return { done: false, why: String(error) };
    }
  }
}

class Refused extends Error {}
