import { mkdir } from 'node:fs/promises';
import sharp from 'sharp';
import { Random, writeJsonAtomic } from '../../src/common/index.js';
import { SplitDigest } from '../../src/dataset/certificate.js';
import { ORIENTATIONS, ROTATIONS_CW_DEG, RunFolder, writeManifest, type ManifestRow } from '../../src/dataset/index.js';

export interface TinyDatasetSpec {
  readonly trainSources: number;
  readonly valSources: number;
  readonly sizePx?: number;
  readonly seed?: number;
}

/**
 * A run folder with a data set as the pipeline leaves it: grey parts with a bright band on the side they point to,
 * each source turned all four ways, split by source, with its certificate and mean_std.json.
 */
export async function buildTinyDataset(root: string, spec: TinyDatasetSpec): Promise<RunFolder> {
  const folder = new RunFolder(root);
  const { trainSources, valSources, sizePx = 40, seed = 1 } = spec;
  const rows: ManifestRow[] = [];
  for (let source = 0; source < trainSources + valSources; source++) {
    const split = source < trainSources ? 'train' : 'val';
    for (const [turn, rotationCwDeg] of ROTATIONS_CW_DEG.entries()) {
      const orientation = ORIENTATIONS[turn]!;
      const path = `dataset/${split}/${orientation}/${source}_${rotationCwDeg}.png`;
      await mkdir(folder.path('dataset', split, orientation), { recursive: true });
      await drawPart(folder.path(...path.split('/')), sizePx, rotationCwDeg, new Random(`${seed}/${source}`));
      rows.push({
        path,
        sourcePath: `OK/20240101120000_B${source}@IC_1_T.png`,
        sourceDigest: source.toString(16).padStart(64, '0'),
        classKey: { product: 'P', component: 'IC', light: 'T' },
        orientation,
        rotationCwDeg,
        split,
        label: orientation,
        ok: true,
        groupId: `g${source}`,
      });
    }
  }
  await writeCertificate(folder, rows, await writeManifest(folder.manifest, rows));
  await writeJsonAtomic(folder.datasetMeanStd, { mean: [0.35, 0.35, 0.35], std: [0.2, 0.2, 0.2] });
  return folder;
}

async function writeCertificate(
  folder: RunFolder,
  rows: readonly ManifestRow[],
  manifestDigest: string,
): Promise<void> {
  const digest = new SplitDigest();
  for (const row of rows) digest.add(row);
  const count = (split: string): number => rows.filter((row) => row.split === split).length;
  const images = { total: rows.length, train: count('train'), val: count('val'), calibration: 0 };
  await writeJsonAtomic(folder.splitCertificate, {
    version: 1,
    seed: 1,
    images,
    crossSplitEdges: 0,
    crossSplitEdgesByKind: { sameInstance: 0, rotatedSibling: 0, sameBytes: 0, sameGroup: 0, nearDuplicate: 0 },
    manifestDigest,
    digest: digest.hex(),
    notes: [],
  });
}

async function drawPart(path: string, sizePx: number, rotationCwDeg: number, random: Random): Promise<void> {
  const pixels = Buffer.alloc(sizePx * sizePx * 3);
  const [body, band] = [random.uniform(50, 110), random.uniform(170, 240)];
  const edge = Math.round(sizePx * random.uniform(0.2, 0.3));
  for (let y = 0; y < sizePx; y++)
    for (let x = 0; x < sizePx; x++) {
      const shade = (y < edge ? band : body) + random.normal() * 12;
      pixels.fill(Math.max(0, Math.min(255, Math.round(shade))), (y * sizePx + x) * 3, (y * sizePx + x) * 3 + 3);
    }
  await sharp(pixels, { raw: { width: sizePx, height: sizePx, channels: 3 } })
    .rotate(rotationCwDeg)
    .png()
    .toFile(path);
}
