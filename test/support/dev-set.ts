import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import {
  inspectImages,
  metadataImagePath,
  scanInput,
  type ClassifiedImage,
  type RejectedFile,
} from '../../src/dataset/index.js';
import { sharedPath } from './shared-data.js';

export interface DevSet {
  readonly inputDir: string;
  readonly images: readonly ClassifiedImage[];
  readonly rejected: readonly RejectedFile[];
  /** As a person would answer; classes that are not named are to be skipped. */
  readonly answers: Readonly<Record<string, string>>;
}

/** A real set as the pipeline sees it: scanned, decoded, and matched with its metadata rows. */
export async function loadDevSet(name: string): Promise<DevSet> {
  const inputDir = sharedPath('data', 'dev', name);
  const rows = parse<Record<string, string>>(await readFile(`${inputDir}/amr_raw_data.csv`), { columns: true });
  const products = new Map(rows.map((row) => [row.image_path, row.product_name!]));
  const rejected: RejectedFile[] = [];
  const images: ClassifiedImage[] = [];
  const scanned = async function* () {
    for await (const entry of scanInput(inputDir)) {
      if (entry.kind === 'image') yield entry.image;
      else rejected.push(entry.rejected);
    }
  };
  for await (const { file, result } of inspectImages(scanned())) {
    const { relativePath, fileName, name: fields } = file;
    const product = products.get(metadataImagePath(fields, fileName));
    if (!result.ok) rejected.push({ relativePath, stage: 'image', code: result.code, reason: result.reason });
    else if (product === undefined) rejected.push({ relativePath, stage: 'metadata', code: 'noRow', reason: 'no row' });
    else {
      const classKey = { product, component: fields.component, light: fields.light };
      images.push({ ...file, ...result.content, classKey });
    }
  }
  const answers = JSON.parse(await readFile(`${inputDir}/orientations.json`, 'utf8')) as Record<string, string>;
  return { inputDir, images, rejected, answers };
}
