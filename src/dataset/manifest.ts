import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { badInput, replaceFileAtomic } from '../common/index.js';
import type { ClassKey } from './class-key.js';
import type { Orientation, RotationCwDeg } from './orientation-name.js';

/**
 * `calibration` holds the training side's NG images under `ng: calibration`: no step is trained on them,
 * thresholds are chosen with them. By source it belongs to the training side, never to `val`.
 */
export type Split = 'train' | 'val' | 'calibration';

/** One row of `dataset/manifest.jsonl`: one image file of the data set. */
export interface ManifestRow {
  /** Path of the image, relative to the run folder, with forward slashes. */
  readonly path: string;
  /** The original's path relative to the input folder, with forward slashes. */
  readonly sourcePath: string;
  /** SHA-256 of the original's bytes, hex. */
  readonly sourceDigest: string;
  readonly classKey: ClassKey;
  /** Which way the part points in this image, after rotation; null for NG images. */
  readonly orientation: Orientation | null;
  /** How far this image was turned from its original, clockwise. */
  readonly rotationCwDeg: RotationCwDeg;
  readonly split: Split;
  /** What the model is trained on: an orientation or `NG` (`labels: orientation`), or class × orientation. */
  readonly label: string;
  readonly ok: boolean;
  /** The split's group: board, component instance and near-duplicate cluster. Never on both sides. */
  readonly groupId: string;
}

/** Writes the manifest whole, one JSON object a line, and returns its SHA-256 (hex). */
export async function writeManifest(path: string, rows: Iterable<ManifestRow>): Promise<string> {
  const hash = createHash('sha256');
  await replaceFileAtomic(path, async (temporaryPath) => {
    const handle = await open(temporaryPath, 'w');
    try {
      let lines: string[] = [];
      const flush = async (): Promise<void> => {
        const text = lines.join('');
        lines = [];
        hash.update(text);
        await handle.writeFile(text);
      };
      for (const row of rows) {
        if (lines.push(`${JSON.stringify(row)}\n`) >= 1000) await flush();
      }
      await flush();
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return hash.digest('hex');
}

/** Reads a manifest row by row. Throws AppError (badInput) when it is missing or a line is no row. */
export async function* readManifest(path: string): AsyncGenerator<ManifestRow> {
  const stream = createReadStream(path, 'utf8');
  const lines = createInterface({ input: stream, crlfDelay: Infinity });
  let number = 0;
  try {
    for await (const line of lines) {
      number++;
      if (line !== '') yield parseRow(line, path, number);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw badInput(
      'MANIFEST_MISSING',
      `${path}: expected the data set's manifest, but it does not exist; build the data set`,
      {
        path,
      },
    );
  } finally {
    lines.close();
    stream.destroy();
  }
}

/** All rows of a manifest. */
export async function loadManifest(path: string): Promise<ManifestRow[]> {
  const rows: ManifestRow[] = [];
  for await (const row of readManifest(path)) rows.push(row);
  return rows;
}

function parseRow(line: string, path: string, number: number): ManifestRow {
  try {
    const row = JSON.parse(line) as Partial<ManifestRow> | null;
    const complete =
      typeof row?.path === 'string' &&
      typeof row.label === 'string' &&
      typeof row.split === 'string' &&
      typeof row.groupId === 'string' &&
      typeof row.sourceDigest === 'string' &&
      typeof row.sourcePath === 'string';
    if (complete) return row as ManifestRow;
  } catch {
    // Told below, with the line number.
  }
  throw badInput('MANIFEST_BROKEN', `${path}:${number}: expected one JSON row an image; build the data set again`, {
    path,
  });
}
