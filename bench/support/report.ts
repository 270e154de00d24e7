import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, platform, totalmem } from 'node:os';

/** Milliseconds (or any unit where less is better) of one contender, one figure a repetition. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
  /** Further figures to show, e.g. `{peakRssMiB: 910}`. */
  readonly extra?: Readonly<Record<string, number | string>>;
}

export interface BenchReport {
  readonly bench: string;
  /** What was measured, e.g. `HOAMV2 rw_s, 128 px, batch 8`. */
  readonly case: string;
  readonly unit: string;
  readonly series: readonly Series[];
  /** Name of the series that ratios are taken against. */
  readonly baseline: string;
  readonly goal?: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * Runs the contenders turn by turn, so that whatever else the machine does meets them alike. Each
 * contender returns one figure a call.
 */
export async function alternate(
  contenders: ReadonlyMap<string, () => Promise<number> | number>,
  repetitions: number,
): Promise<Series[]> {
  const values = new Map([...contenders.keys()].map((name) => [name, [] as number[]]));
  for (let i = 0; i < repetitions; i++) for (const [name, run] of contenders) values.get(name)!.push(await run());
  return [...values].map(([name, figures]) => ({ name, values: figures }));
}

/** Milliseconds that `work` takes. */
export async function milliseconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Machine and versions, for every report. */
export function describeMachine(): Record<string, string | number> {
  const dependencies = ['onnxruntime-node', '@tensorflow/tfjs-core', 'sharp', 'pg'];
  const versions = Object.fromEntries(dependencies.map((name) => [name, installedVersion(name)]));
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${platform()} ${process.arch}`,
    node: process.version,
    commit: currentCommit(),
    date: new Date().toISOString(),
    ...versions,
  };
}

/** Prints a table for people and one JSON line for programs: minimum, median, ratio to the baseline. */
export function printReport(report: BenchReport): void {
  const baseline = report.series.find(({ name }) => name === report.baseline);
  const rows = report.series.map(({ name, values, extra }) => ({
    name,
    [`minimum ${report.unit}`]: round(Math.min(...values)),
    [`median ${report.unit}`]: round(median(values)),
    'ratio (minimum)': baseline ? round(Math.min(...values) / Math.min(...baseline.values)) : 'no peer',
    'ratio (median)': baseline ? round(median(values) / median(baseline.values)) : 'no peer',
    repetitions: values.length,
    ...extra,
  }));
  console.log(`\n${report.bench}: ${report.case}${report.goal ? ` (goal: ${report.goal})` : ''}`);
  console.table(rows);
  console.log(JSON.stringify({ ...report, series: rows, machine: describeMachine() }));
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}

function installedVersion(name: string): string {
  try {
    return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string }).version;
  } catch {
    return 'absent';
  }
}

function currentCommit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
