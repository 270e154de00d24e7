import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { parse as parseCsv } from 'csv-parse/sync';
import { stringify } from 'yaml';
import { nameClasses, parseImageName, RunFolder, verifyCertificate, type ClassKey } from '../src/dataset/index.js';
import { startFactory, type Factory } from '../src/demo/factory.js';
import { writeSitesConfig } from '../src/demo/demo-config.js';
import type { AmrRawDataRow } from '../src/demo/line/index.js';
import { childEnvironment, packageRoot } from '../src/infra/config/index.js';
import { describeMachine } from './support/report.js';

const OPTIONS = {
  /** A folder with OK/, NG/, amr_raw_data.csv and orientations.json, as in `shared/data/dev`. */
  set: { type: 'string' },
  config: { type: 'string', default: 'configs/examples/ci2n-cpu.yaml' },
  override: { type: 'string', multiple: true, default: [] as string[] },
  keep: { type: 'string' },
} as const;

/**
 * The whole main job on a real set, as a user runs it: `polarline run` in a process of its own, the metadata in
 * a PostgreSQL behind SSH, the answers from a file. Prints how long it took and what the model is worth.
 */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.set === undefined)
    throw new Error('main-job: expected --set <folder>, for example ../shared/data/dev/ci2n');
  const set = resolve(values.set);
  const scratch = values.keep ? resolve(values.keep) : await mkdtemp(join(tmpdir(), 'polarline-bench-main-job-'));
  const rows = await readRows(join(set, 'amr_raw_data.csv'));
  const [site, lineId] = [String(rows[0]!.site), String(rows[0]!.line_id)];
  const factory = await startFactory(join(scratch, 'factory'), rows);
  try {
    await writeConfigs(join(scratch, 'configs'), site, factory);
    const answers = await writeAnswers(scratch, set, rows);
    const startedMs = performance.now();
    const runFolder = await runPolarline(
      ['run', '--json', '--input-dir', set, '--output-dir', join(scratch, 'runs'), '--site', site, '--line-id', lineId]
        .concat(['--orientations', answers, '--config', resolve(values.config)])
        .concat(values.override.flatMap((override) => ['--set', override])),
      scratch,
      factory,
    );
    const minutes = (performance.now() - startedMs) / 60_000;
    await report(values.set, minutes, new RunFolder(runFolder));
  } finally {
    await factory.close();
    if (values.keep === undefined) await rm(scratch, { recursive: true, force: true });
  }
}

async function readRows(path: string): Promise<AmrRawDataRow[]> {
  const records: Record<string, string>[] = parseCsv(await readFile(path, 'utf8'), { columns: true });
  return records.map(
    (record) => Object.fromEntries(Object.entries(record).map(([column, value]) => [column, value || null])) as never,
  );
}

/** The set's answers, and `skip` for every class that they leave out. */
async function writeAnswers(scratch: string, set: string, rows: readonly AmrRawDataRow[]): Promise<string> {
  const keys = rows.flatMap((row): ClassKey[] => {
    const parsed = parseImageName(String(row.image_name));
    return parsed.ok ? [{ product: String(row.product_name), ...parsed.name }] : [];
  });
  const answers = JSON.parse(await readFile(join(set, 'orientations.json'), 'utf8')) as Record<string, string>;
  const all = Object.fromEntries(nameClasses(keys).folders.map((folder) => [folder, answers[folder] ?? 'skip']));
  const path = join(scratch, 'answers.json');
  await writeFile(path, JSON.stringify(all));
  return path;
}

async function writeConfigs(folder: string, site: string, factory: Factory): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'configs.yaml'), stringify({ server: { port: 0 }, logging: { level: 'info' } }));
  await writeFile(join(folder, 'train_configs.yaml'), stringify({ experiment: { name: 'main-job' } }));
  await writeSitesConfig(folder, site, factory);
}

async function runPolarline(args: readonly string[], scratch: string, factory: Factory): Promise<string> {
  const child = spawn(process.execPath, [join(packageRoot(), 'bin', 'polarline.js'), ...args], {
    env: childEnvironment({
      POLARLINE_CONFIG: join(scratch, 'configs'),
      POLARLINE_DATA: join(scratch, 'data'),
      DEMO_FACTORY_PASSWORD: factory.database.password,
      DEMO_SSH_PASSWORD: factory.ssh.password,
      DATABASE_URL: '',
      REDIS_URL: '',
    }),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let last = '{}';
  for await (const line of createInterface({ input: child.stdout })) last = line;
  const [exitCode] = (await ended) as [number | null];
  const result = JSON.parse(last) as { task?: { run_folder: string } };
  if (exitCode !== 0 || result.task === undefined)
    throw new Error(`polarline run: expected exit code 0 and a run folder, got ${exitCode}: ${last}`);
  return result.task.run_folder;
}

interface TestMetrics {
  readonly accuracy: number;
  readonly escape_rate: number | null;
  readonly overkill_rate: number | null;
  readonly originals: RetrievalFigures;
  readonly rotated: RetrievalFigures;
}

interface RetrievalFigures {
  readonly images: number;
  readonly precision_at_1: number;
  readonly map_at_r: number;
}

async function report(set: string, minutes: number, folder: RunFolder): Promise<void> {
  const metrics = JSON.parse(await readFile(folder.path('results', 'test_metrics.json'), 'utf8')) as TestMetrics;
  const figuresOf = ({ images, precision_at_1, map_at_r }: RetrievalFigures) => ({ images, precision_at_1, map_at_r });
  const { crossSplitEdges, clean } = await verifyCertificate(folder.root, { recheckPixels: true });
  const figures = {
    bench: 'main-job',
    set,
    minutes: Number(minutes.toFixed(2)),
    split: { clean, crossSplitEdges },
    accuracy: metrics.accuracy,
    escapeRate: metrics.escape_rate,
    overkillRate: metrics.overkill_rate,
    originals: figuresOf(metrics.originals),
    rotated: figuresOf(metrics.rotated),
    machine: describeMachine(),
  };
  console.log(JSON.stringify(figures, null, 2));
}
