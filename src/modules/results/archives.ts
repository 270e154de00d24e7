import { createWriteStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { replaceFileAtomic } from '../../common/index.js';
import type { RunFolder } from '../../dataset/index.js';
import type { ARTEFACT_ARCHIVES } from './artefact-kinds.js';

type ArchiveKind = (typeof ARTEFACT_ARCHIVES)[number];

/** What goes into each archive: files and whole folders of the run, by their paths in it. */
const CONTENTS: Readonly<Record<ArchiveKind, readonly string[]>> = {
  golden_samples: ['results/golden_samples'],
  bundle: [
    'model/best_model.onnx',
    'model/config_used.yaml',
    'model/mean_std.json',
    'results/golden_samples',
    'results/thresholds.json',
    'results/label_review.csv',
    'results/test_metrics.json',
    'summary_report.json',
  ],
};

/** Writes an archive of a run; it appears whole. What the run does not have is left out. */
export async function writeArchive(kind: ArchiveKind, folder: RunFolder, target: string): Promise<void> {
  const zip = new ZipFile();
  for (const path of CONTENTS[kind])
    for (const file of await filesUnder(folder, path)) zip.addFile(folder.path(...file.split('/')), file);
  zip.end();
  await replaceFileAtomic(target, (temporaryPath) => pipeline(zip.outputStream, createWriteStream(temporaryPath)));
}

/** Files at or below a path of the run, in name order, with forward slashes. */
async function filesUnder(folder: RunFolder, path: string): Promise<string[]> {
  const absolute = folder.path(...path.split('/'));
  const found = await stat(absolute).catch(() => null);
  if (found === null) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(absolute, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${path}${join(entry.parentPath, entry.name).slice(absolute.length).replaceAll('\\', '/')}`)
    .sort();
}
