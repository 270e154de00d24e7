import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { RunFolder } from '../dataset/index.js';
import { checkArtefacts, type ArtefactCheck } from './check-artefacts.js';
import { writeDemoConfigs } from './demo-config.js';
import { prepareDemoFolder, type DemoFolder } from './demo-folder.js';
import type { DemoOptions } from './demo-options.js';
import { startFactory, type Factory } from './factory.js';
import { drawContactSheet, generateLine, type LineSummary } from './line/index.js';
import { runMainJob } from './main-job.js';
import { reportText } from './report.js';
import { RestClient } from './rest-client.js';
import { ServiceProcess } from './service-process.js';
import { Stages } from './stages.js';

export interface DemoRun {
  readonly options: DemoOptions;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The main job on a simulated line, done as a factory's own program would do it: a database behind SSH,
 * `polarline serve` as a process of its own, REST. Returns whether every result is really there.
 */
export async function runDemo({ options, say, signal }: DemoRun): Promise<boolean> {
  const stages = new Stages(say);
  const folder = await prepareDemoFolder(options.outputDir);
  const line = await stages.run('Rendering the line', () => renderLine(folder, options, signal));
  const factory = await stages.run('Starting the factory: PostgreSQL and images behind SSH', () =>
    startFactory(folder.factory, line.rows, folder.line),
  );
  let service: ServiceProcess | null = null;
  try {
    await writeDemoConfigs(folder.configs, line.site, factory, options);
    const running = await stages.run('Starting Polarline', () => startPolarline(folder, factory, options));
    service = running;
    say(`Pages and REST: ${running.url}`);
    const { task, answers } = await stages.run('The main job', () =>
      runMainJob({
        rest: new RestClient(running.url),
        line,
        runs: folder.runs,
        say,
        signal,
        isAlive: () => running.alive,
      }),
    );
    const checks = await stages.run('Checking every result', async () => [
      ...(await checkArtefacts(task.run_folder, line.exampleImage)),
      ...(await checkSetAside(line, task.run_folder)),
      throughTunnel(factory),
    ]);
    say(await reportText({ line, task, answers, forwards: factory.forwards(), checks, stages: stages.done }));
    return checks.every(({ problem }) => problem === null);
  } finally {
    await service?.stop();
    await factory.close();
    if (!options.keep)
      for (const path of [folder.data, folder.factory]) await rm(path, { recursive: true, force: true });
  }
}

async function renderLine(folder: DemoFolder, options: DemoOptions, signal: AbortSignal): Promise<LineSummary> {
  const { seed, imagesPerClass, maxClasses } = options;
  const line = await generateLine({ seed, imagesPerClass, maxClasses, outputDir: folder.line, signal });
  await writeFile(join(folder.root, 'line.png'), await drawContactSheet(seed, maxClasses));
  return line;
}

function startPolarline(folder: DemoFolder, factory: Factory, options: DemoOptions): Promise<ServiceProcess> {
  return ServiceProcess.start({
    configFolder: folder.configs,
    dataFolder: folder.data,
    secrets: { DEMO_FACTORY_PASSWORD: factory.database.password, DEMO_SSH_PASSWORD: factory.ssh.password },
    logPath: folder.serviceLog,
    verbose: options.verbose,
  });
}

/** Every file that makes trouble must stand in rejected.csv, and nothing else. */
async function checkSetAside(line: LineSummary, runFolder: string): Promise<ArtefactCheck[]> {
  const path = new RunFolder(runFolder).rejectedCsv;
  const rows: Record<string, string>[] = parseCsv(await readFile(path, 'utf8'), { columns: true });
  const found = new Set(rows.map(({ file }) => file!));
  const expected = new Set(line.trouble.map((file) => file.path));
  const missing = [...expected].filter((file) => !found.has(file));
  const surplus = [...found].filter((file) => !expected.has(file));
  const problem = [
    ...missing.map((file) => `${file} was not set aside`),
    ...surplus.map((file) => `${file} was set aside for nothing`),
  ].join('; ');
  return [{ what: 'files set aside', path, problem: problem === '' ? null : problem }];
}

function throughTunnel(factory: Factory): ArtefactCheck {
  const forwards = factory.forwards();
  return {
    what: 'metadata through SSH',
    path: `${factory.ssh.host}:${factory.ssh.port}`,
    problem: forwards > 0 ? null : 'no connection was forwarded',
  };
}
