import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { badInput, errorMessage, Random, type StepContext } from '../../common/index.js';
import { loadManifest, RunFolder, verifyCertificate, type ManifestRow } from '../../dataset/index.js';

/** The pictures of one run as the trainer sees them: one file list, training first, then validation. */
export interface TrainingData {
  /** Labels in the order of the class indices; sorted, so that the order depends on the names alone. */
  readonly classes: readonly string[];
  readonly rows: readonly ManifestRow[];
  /** Absolute paths, one a row. */
  readonly files: readonly string[];
  /** Class index of every row. */
  readonly labels: Int32Array;
  readonly trainCount: number;
  /** Digest of the split: the same for the same pictures on the same sides. */
  readonly digest: string;
  readonly normalisation: Normalisation;
}

export interface Normalisation {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Comparing every validation picture with every other, each epoch: beyond this a sample of sources tells as much. */
const MAX_VALIDATION_IMAGES = 2000;
/** Below this a channel is constant for all purposes, and dividing by it would only amplify noise. */
const MIN_STD = 0.01;

/**
 * Reads a run's data set.
 * @throws AppError when its certificate is missing or not clean, or when there is nothing to train on.
 */
export async function loadTrainingData(runFolder: string, ctx: StepContext): Promise<TrainingData> {
  const folder = new RunFolder(runFolder);
  const { clean, problems, certificate } = await verifyCertificate(runFolder, { signal: ctx.signal });
  if (!clean)
    throw badInput(
      'CERTIFICATE_NOT_CLEAN',
      `${folder.splitCertificate}: expected a split without a picture on both sides, got: ${problems.join('; ')}. Build the data set again.`,
      { problems },
    );
  const manifest = await loadManifest(folder.manifest);
  const trainRows = manifest.filter(({ split }) => split === 'train');
  if (trainRows.length === 0)
    throw badInput('NOTHING_TO_TRAIN_ON', `${folder.manifest}: expected training pictures, got none.`);
  const classes = [...new Set(trainRows.map(({ label }) => label))].sort();
  const known = new Set(classes);
  const valRows = sampleBySource(
    manifest.filter(({ split, label }) => split === 'val' && known.has(label)),
    ctx,
  );
  reportUnknownLabels(manifest, known, ctx);
  const rows = [...trainRows, ...valRows];
  const indexOf = new Map(classes.map((label, index) => [label, index]));
  return {
    classes,
    rows,
    files: rows.map(({ path }) => folder.path(...path.split('/'))),
    labels: Int32Array.from(rows, ({ label }) => indexOf.get(label)!),
    trainCount: trainRows.length,
    digest: certificate.digest,
    normalisation: await readNormalisation(folder.datasetMeanStd),
  };
}

/** Whole sources, so that originals and their turned copies stay together; the same ones in every epoch and run. */
function sampleBySource(rows: readonly ManifestRow[], ctx: StepContext): readonly ManifestRow[] {
  if (rows.length <= MAX_VALIDATION_IMAGES) return rows;
  const bySource = new Map<string, number>();
  for (const { sourcePath } of rows) bySource.set(sourcePath, (bySource.get(sourcePath) ?? 0) + 1);
  const chosen = new Set<string>();
  let count = 0;
  for (const source of new Random('validation-sample').shuffled([...bySource.keys()])) {
    if (count >= MAX_VALIDATION_IMAGES) break;
    chosen.add(source);
    count += bySource.get(source)!;
  }
  ctx.log.info('training figures are taken on a sample of the validation pictures; the evaluation takes all', {
    sample: count,
    pictures: rows.length,
  });
  return rows.filter(({ sourcePath }) => chosen.has(sourcePath));
}

function reportUnknownLabels(manifest: readonly ManifestRow[], known: ReadonlySet<string>, ctx: StepContext): void {
  const leftOut = manifest.filter(({ split, label }) => split === 'val' && !known.has(label));
  if (leftOut.length === 0) return;
  ctx.log.info('validation pictures without a training picture of their label take no part in training figures', {
    pictures: leftOut.length,
    labels: [...new Set(leftOut.map(({ label }) => label))],
  });
}

const channels = z.array(z.number()).length(3);
const meanStdSchema = z.object({ mean: channels, std: channels });

async function readNormalisation(path: string): Promise<Normalisation> {
  try {
    const { mean, std } = meanStdSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return { mean, std: std.map((value) => Math.max(MIN_STD, value)) };
  } catch (error) {
    throw badInput(
      'MEAN_STD_UNREADABLE',
      `${path}: expected mean and std of the three channels, got: ${errorMessage(error)}. Build the data set again.`,
      { path },
    );
  }
}
