import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Random, writeJsonAtomic } from '../../common/index.js';
import { classFolderName, type Orientation } from '../../dataset/index.js';
import { amrCsv, type AmrRawDataRow } from './amr-raw-data.js';
import { NoiseTable } from './camera.js';
import { planClasses, type LineClass } from './catalogue.js';
import { encodePicture } from './encode.js';
import { takePicture } from './picture.js';
import { planImages, type LinePlanOptions, type PlannedImage } from './plan.js';
import { troubleFiles, type TroubleFile } from './trouble.js';

export interface GenerateLineOptions extends Partial<LinePlanOptions> {
  /** Gets OK/, NG/, orientations.json, amr_raw_data.csv and labels.csv; made when absent. */
  readonly outputDir: string;
  /** At most this many classes, in the catalogue's order. */
  readonly maxClasses?: number;
  /** Also write files that the pipeline must set aside. */
  readonly withTrouble?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (written: number, total: number) => void;
}

/** What was made, and the truth about it. */
export interface LineSummary {
  readonly inputDir: string;
  readonly site: string;
  readonly lineId: string;
  readonly classes: readonly LineClass[];
  readonly okImages: number;
  readonly ngImages: number;
  readonly trouble: readonly Omit<TroubleFile, 'bytes' | 'row'>[];
  /** Class folder name -> the answer a knowing person gives at the gate. */
  readonly orientations: Readonly<Record<string, Orientation | 'skip'>>;
  readonly orientationsPath: string;
  readonly metadataCsvPath: string;
  /** Absolute path of one good image. */
  readonly exampleImage: string;
  readonly rows: readonly AmrRawDataRow[];
}

const DEFAULTS: LinePlanOptions = { seed: 7, site: 'HPH', lineId: 'V31', imagesPerClass: 24, ngShare: 0.15 };
const FILES_AT_A_TIME = 8;

/** Renders a production line's images in the system's own input layout; the same seed gives the same bytes. */
export async function generateLine(options: GenerateLineOptions): Promise<LineSummary> {
  const plan: LinePlanOptions = {
    seed: options.seed ?? DEFAULTS.seed,
    site: options.site ?? DEFAULTS.site,
    lineId: options.lineId ?? DEFAULTS.lineId,
    imagesPerClass: options.imagesPerClass ?? DEFAULTS.imagesPerClass,
    ngShare: options.ngShare ?? DEFAULTS.ngShare,
  };
  const classes = planClasses(plan.seed, options.maxClasses ?? Infinity);
  const planned = planImages(classes, plan);
  const samples = await writeImages(planned, plan.seed, options);
  const trouble = options.withTrouble === false ? [] : troubleFiles(samples);
  for (const file of trouble) await writeUnder(options.outputDir, file.path, file.bytes);

  const rows = [...planned, ...trouble].flatMap(({ row }) => (row === null ? [] : [row]));
  const orientations = Object.fromEntries(
    classes.map(({ classKey, answer }) => [classFolderName(classKey), answer] as const),
  );
  const orientationsPath = join(options.outputDir, 'orientations.json');
  const metadataCsvPath = join(options.outputDir, 'amr_raw_data.csv');
  await writeJsonAtomic(orientationsPath, orientations);
  await writeFile(metadataCsvPath, amrCsv(rows));
  await writeFile(join(options.outputDir, 'labels.csv'), labelsCsv(planned));
  return {
    inputDir: options.outputDir,
    site: plan.site,
    lineId: plan.lineId,
    classes,
    okImages: planned.filter(({ shot }) => shot.defect === null).length,
    ngImages: planned.filter(({ shot }) => shot.defect !== null).length,
    trouble: trouble.map(({ path, trouble: kind }) => ({ path, trouble: kind })),
    orientations,
    orientationsPath,
    metadataCsvPath,
    exampleImage: join(options.outputDir, ...planned.find(({ shot }) => shot.defect === null)!.path.split('/')),
    rows,
  };
}

/** Writes all images and returns the first few of them with their bytes. */
async function writeImages(
  planned: readonly PlannedImage[],
  seed: number,
  { outputDir, signal, onProgress }: GenerateLineOptions,
): Promise<(PlannedImage & { bytes: Buffer })[]> {
  const noise = NoiseTable.create(new Random(`${seed}/noise`));
  const samples: (PlannedImage & { bytes: Buffer })[] = [];
  await mkdir(join(outputDir, 'OK', 'rework'), { recursive: true });
  await mkdir(join(outputDir, 'NG'), { recursive: true });
  for (let start = 0; start < planned.length; start += FILES_AT_A_TIME) {
    signal?.throwIfAborted();
    const batch = planned.slice(start, start + FILES_AT_A_TIME);
    const written = await Promise.all(
      batch.map(async (image) => {
        const bytes = await encodePicture(takePicture(image.shot, String(seed), noise), image.format);
        await writeUnder(outputDir, image.path, bytes);
        return { ...image, bytes };
      }),
    );
    if (samples.length < 64) samples.push(...written);
    onProgress?.(Math.min(start + FILES_AT_A_TIME, planned.length), planned.length);
  }
  return samples;
}

async function writeUnder(folder: string, path: string, bytes: Buffer): Promise<void> {
  const target = join(folder, ...path.split('/'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, bytes);
}

function labelsCsv(planned: readonly PlannedImage[]): string {
  const lines = planned.map(({ path, lineClass, shot }) =>
    [
      path,
      shot.defect === null ? 1 : 0,
      classFolderName(lineClass.classKey),
      lineClass.answer === 'skip' ? '' : lineClass.answer,
      shot.defect ?? '',
    ].join(','),
  );
  return ['file,ok,class_name,orientation,defect', ...lines, ''].join('\n');
}
