import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { errorMessage, sha256File, type StepLog } from '../../common/index.js';
import {
  loadManifest,
  readCertificate,
  RunFolder,
  type ManifestRow,
  type SplitCertificate,
} from '../../dataset/index.js';
import { provenance } from '../trainer/provenance.js';
import type { BestRecord } from '../trainer/run-progress.js';
import { readSafetensorsMetadata } from '../weights/index.js';
import { readTaskRecord, type TaskRecord } from './task-record.js';

/** Everything of a run that its evaluation and its report look at. */
export interface RunInputs {
  readonly rows: readonly ManifestRow[];
  readonly manifestDigest: string;
  /** Null for data sets without one (they came from elsewhere); then leaks are looked for but not ruled out. */
  readonly certificate: SplitCertificate | null;
  /** With what the model was trained. */
  readonly software: Readonly<Record<string, unknown>>;
  /** With what it is being evaluated. */
  readonly evaluatedWith: Readonly<Record<string, unknown>>;
  readonly task: TaskRecord | null;
}

export async function readRunInputs(runFolder: string, log: StepLog): Promise<RunInputs> {
  const folder = new RunFolder(runFolder);
  const rows = await loadManifest(folder.manifest);
  return {
    rows,
    manifestDigest: await sha256File(folder.manifest),
    certificate: await certificateOf(folder, log),
    software: await softwareOf(folder),
    evaluatedWith: await provenance(),
    task: await readTaskRecord(runFolder),
  };
}

async function certificateOf(folder: RunFolder, log: StepLog): Promise<SplitCertificate | null> {
  try {
    return await readCertificate(folder);
  } catch (error) {
    log.warn(`no split certificate: ${errorMessage(error)}`);
    return null;
  }
}

/** The `provenance` block that training leaves in `config_used.yaml`. */
async function softwareOf(folder: RunFolder): Promise<Record<string, unknown>> {
  const text = await readFile(folder.configUsed, 'utf8').catch(() => '');
  const config = parse(text) as { provenance?: Record<string, unknown> } | null;
  return config?.provenance ?? {};
}

/** One row an epoch of `model/metrics.csv`, numbers as numbers; empty cells are left out. */
export type EpochRow = Readonly<Record<string, number>>;

export async function readEpochs(runFolder: string): Promise<EpochRow[]> {
  const text = await readFile(new RunFolder(runFolder).metricsCsv, 'utf8').catch(() => '');
  const [header, ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const names = header?.split(',') ?? [];
  return lines.map((line) => {
    const cells = line.split(',');
    return Object.fromEntries(
      names.flatMap((name, i) => {
        const value = Number(cells[i]);
        return cells[i] === undefined || cells[i] === '' || Number.isNaN(value) ? [] : [[name, value]];
      }),
    );
  });
}

/** The epoch whose weights were exported, from 1, as the training noted it with them; null where it did not. */
export async function readExportedEpoch(runFolder: string): Promise<number | null> {
  const metadata = await readSafetensorsMetadata(new RunFolder(runFolder).bestWeights).catch(() => null);
  const best = metadata?.['best'];
  return best === undefined ? null : (JSON.parse(best) as BestRecord).epoch;
}
