import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stringify } from 'yaml';
import { compareCommand } from '../../src/cli/commands/compare.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { knnCommand } from '../../src/cli/commands/knn.js';
import { matchCommand } from '../../src/cli/commands/match.js';
import { reportCommand } from '../../src/cli/commands/report.js';
import { EXIT } from '../../src/cli/exit-codes.js';
import { runProgram } from '../../src/cli/program.js';
import { silentContext } from '../../src/common/index.js';
import { RunFolder, type ManifestRow } from '../../src/dataset/index.js';
import { trainConfigSchema } from '../../src/training/config.js';
import { selectEngine } from '../../src/training/engines/index.js';
import { evaluationSummarySchema } from '../../src/training/evaluation/index.js';
import { runJob } from '../../src/training/process/run-job.js';
import { makeSyntheticRun } from '../support/synthetic-run.js';

const COMMANDS = [evaluateCommand, matchCommand, knnCommand, reportCommand, compareCommand];
const config = trainConfigSchema.parse({
  model: { backbone: 'tiny', embeddingSize: 16 },
  data: { imageSizePx: 32 },
  training: { batchSize: 4, threads: 1 },
  evaluation: { bootstrapSamples: 20 },
});

async function polarline(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [said, noted]: [Buffer[], Buffer[]] = [[], []];
  stdout.on('data', (chunk: Buffer) => said.push(chunk));
  stderr.on('data', (chunk: Buffer) => noted.push(chunk));
  const code = await runProgram(COMMANDS, args, { stdout, stderr, interactive: false, columns: 100 });
  return { code, stdout: Buffer.concat(said).toString(), stderr: Buffer.concat(noted).toString() };
}

/** A model with random weights, as training would export it: enough to prove that the parts fit together. */
async function exportedModel(seed: number): Promise<Uint8Array> {
  const { engine } = await selectEngine(config);
  const session = await engine.createSession({
    model: config.model,
    loss: config.loss,
    classCount: 5,
    batchSize: 4,
    imageSizePx: 32,
    normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
    seed,
    threads: 1,
  });
  try {
    return await session.exportOnnx();
  } finally {
    await session.dispose();
  }
}

let root: string;
let run: string;
/** Trained, not evaluated. */
let unjudged: string;
let rows: ManifestRow[];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'polarline-commands-'));
  run = join(root, 'run');
  rows = await makeSyntheticRun(run, { trainPerClass: 4, valPerClass: 3, ngPerClass: 2 });
  await writeFile(new RunFolder(run).bestOnnx, await exportedModel(1));
  await writeFile(new RunFolder(run).configUsed, stringify(config));
  unjudged = join(root, 'unjudged');
  await cp(run, unjudged, { recursive: true });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const original = (): ManifestRow => rows.find((row) => row.ok && row.split === 'val' && row.rotationCwDeg === 0)!;

describe('the evaluation commands on a real exported model', () => {
  it('evaluate a run and write its summary to stdout alone', async () => {
    const { code, stdout } = await polarline('evaluate', '--model', run, '--json');
    expect(code).toBe(EXIT.done);
    const summary = evaluationSummarySchema.parse(JSON.parse(stdout));
    expect(summary.timing.embedImages).toBe(rows.length);
    expect(JSON.parse(await readFile(new RunFolder(run).summaryReport, 'utf8'))).toEqual(summary);
  });

  it('change the budget without embedding again', async () => {
    const budget = [
      '--set',
      'evaluation.thresholdBudget.kind=escapeRate',
      '--set',
      'evaluation.thresholdBudget.atMost=0.01',
    ];
    const { code, stdout } = await polarline('evaluate', '--model', run, '--json', ...budget);
    expect(code).toBe(EXIT.done);
    const summary = evaluationSummarySchema.parse(JSON.parse(stdout));
    expect(summary.thresholds.budget).toEqual({ kind: 'escapeRate', atMost: 0.01 });
    expect(summary.timing.embedImages).toBe(0);
  });

  it('keep that budget when the run is evaluated once more, here or after a golden sample was swapped', async () => {
    const { stdout } = await polarline('evaluate', '--model', run, '--json');
    const again = evaluationSummarySchema.parse(JSON.parse(stdout));
    expect(again.thresholds.budget).toEqual({ kind: 'escapeRate', atMost: 0.01 });
    const summary = await runJob({ kind: 'evaluate', runFolder: run, config }, silentContext());
    expect(summary).toMatchObject({ thresholds: { budget: { kind: 'escapeRate', atMost: 0.01 } } });
  });

  it('mend a run whose summary is damaged, as its error advises', async () => {
    const { summaryReport } = new RunFolder(run);
    await writeFile(summaryReport, '{"version": 1, "prov');
    expect((await polarline('evaluate', '--model', run)).code).toBe(EXIT.done);
    expect(evaluationSummarySchema.safeParse(JSON.parse(await readFile(summaryReport, 'utf8'))).success).toBe(true);
  });

  it('report with the golden samples at hand', async () => {
    const { code, stdout } = await polarline('report', run);
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('report.html');
  });

  it('report in another language beside the stored report, which stays as it is', async () => {
    const { reportHtml, results } = new RunFolder(run);
    const stored = await readFile(reportHtml, 'utf8');
    const { code, stdout } = await polarline('report', run, '--language', 'zh-TW', '--json');
    expect(code).toBe(EXIT.done);
    const { report } = JSON.parse(stdout) as { report: string };
    expect(report).toBe(join(results, 'report.zh-TW.html'));
    expect(await readFile(report, 'utf8')).toContain('<html lang="zh-TW">');
    expect(await readFile(reportHtml, 'utf8')).toBe(stored);
    expect(stored).toContain('<html lang="en">');
  });

  it('judge one image', async () => {
    const image = join(run, original().path);
    const { code, stdout } = await polarline('match', '--model', run, image, '--class', 'P1/IC1/R', '--json');
    expect(code).toBe(EXIT.done);
    const answer = JSON.parse(stdout) as { verdict: string; rotations: unknown[]; message: string };
    expect(['OK', 'NG']).toContain(answer.verdict);
    expect(answer.rotations).toHaveLength(4);
    expect(answer.message.startsWith(`${answer.verdict}:`)).toBe(true);
  });

  it('look one image up', async () => {
    const image = join(run, original().path);
    const { code, stdout } = await polarline('knn', '--model', run, image, '-k', '3', '--json');
    expect(code).toBe(EXIT.done);
    expect((JSON.parse(stdout) as { neighbours: unknown[] }).neighbours).toHaveLength(3);
  });

  it('evaluate class folders against a gallery', async () => {
    const output = join(root, 'set');
    const [data, gallery] = [join(run, 'dataset', 'val'), join(run, 'dataset', 'train')];
    const args = ['evaluate', '--model', new RunFolder(run).bestOnnx, '--data', data, '--gallery', gallery];
    const { code, stdout } = await polarline(...args, '--output', output);
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('k-NN accuracy');
    expect(await readFile(join(output, 'evaluation_results.csv'), 'utf8')).toContain('image,true_class,pred_class');
  });

  it('compare two runs and show what flipped', async () => {
    const other = join(root, 'other');
    await cp(run, other, { recursive: true });
    await writeFile(new RunFolder(other).bestOnnx, await exportedModel(2));
    await polarline('evaluate', '--model', other, '--fresh-goldens');
    const page = join(root, 'comparison.html');
    const { code, stdout } = await polarline('compare', run, other, '--output', page);
    expect(code).toBe(EXIT.done);
    expect(stdout).toContain('validation images of');
    expect(await readFile(page, 'utf8')).toContain('exact McNemar test');
    await polarline('compare', run, other, '--output', page, '--language', 'vi');
    expect(await readFile(page, 'utf8')).toMatch(/<html lang="vi">.*kiểm định McNemar chính xác/s);
  });

  it.each([
    [['match', '--model', 'RUN', 'IMAGE', '--class', 'P9'], 'expected one of P1_D7_R, P1_IC1_R, P2_IC1_L'],
    [['match', '--model', 'RUN', 'IMAGE'], 'give --class with one of'],
    [['match', '--model', 'RUN', 'nothing.jpg', '--class', 'P1_IC1_R'], 'nothing.jpg'],
    [
      ['match', '--model', 'RUN', 'IMAGE', '--class', 'P1_IC1_R', '--orientation', 'north'],
      'one of Up, Right, Down, Left',
    ],
    [['evaluate', '--model', 'RUN', '--gallery', 'x'], '--gallery: expected it together with --data'],
    [['match', '--model', 'RUN', 'P1_nothing.jpg'], 'got nothing there'],
    [['evaluate', '--model', 'nowhere'], 'expected a run folder or an .onnx file'],
    [['evaluate', '--model', 'RUN', '--data', 'nowhere'], 'which does not exist'],
    [['evaluate', '--model', 'RUN', '--golden', 'nonsense'], 'expected <golden id>=<image path'],
    [['evaluate', '--model', 'RUN', '--golden', 'P1_IC1_R/Up_1=nothing.png'], 'an image of dataset/manifest.jsonl'],
    [['evaluate', '--model', 'RUN', '--set', 'evaluation.goldens=3'], 'evaluation.goldens'],
    [['compare', 'RUN', 'nowhere'], 'expected a run folder'],
    [['report', 'nowhere'], '<run>: expected a run folder'],
    [['report', 'RUN', '--language', 'fr'], 'Expected one of en, zh-TW, zh-CN, vi, got "fr"'],
    [['report', 'UNJUDGED', '--language', 'vi'], 'evaluate the run again (polarline evaluate)'],
    [['compare', 'RUN', 'RUN', '--language', 'zh'], 'Expected one of en, zh-TW, zh-CN, vi, got "zh"'],
  ])('answer 2 and say what was expected: %j', async (args, expected) => {
    const image = join(run, original().path);
    const { code, stderr } = await polarline(
      ...args.map((arg) => ({ RUN: run, IMAGE: image, UNJUDGED: unjudged })[arg] ?? arg),
    );
    expect(stderr).toContain(expected);
    expect(code).toBe(EXIT.badInput);
  });
});
