import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { AppError, badInput, writeJsonAtomic, type StepContext, type StepProgress } from '../common/index.js';
import {
  classKeyId,
  CrossSplitCounter,
  MIN_CORRELATION,
  RunFolder,
  SplitDigest,
  splitBySource,
  sumEdges,
  writeManifest,
  type ClassifiedImage,
  type ManifestRow,
  type MeanStd,
  type SourceSplit,
  type SplitCertificate,
} from '../dataset/index.js';
import { validateAnswers, type Answers } from './answers.js';
import { applyAnswers, type AppliedAnswers } from './apply-answers.js';
import { classNamingOf } from './choose-samples.js';
import { planDataset, type DatasetConfig, type DatasetPlan } from './plan-dataset.js';
import { DEFAULT_ROTATION_ENCODING, type RotationEncoding } from './encode-image.js';
import { removeDataset, writePlannedFiles } from './write-dataset.js';

export interface BuildDatasetSpec {
  readonly runFolder: RunFolder | string;
  /** Where the images came from; only read. */
  readonly inputDir: string;
  readonly images: readonly ClassifiedImage[];
  /** Answers for every class that has good images, validated or as JSON. */
  readonly answers: Answers | Readonly<Record<string, unknown>>;
  readonly config: DatasetConfig;
  readonly seed: number;
  readonly encoding?: RotationEncoding;
}

export interface BuildDatasetResult {
  readonly certificate: SplitCertificate;
  readonly meanStd: MeanStd;
  /** Labels of the training side, sorted. */
  readonly labels: readonly string[];
  readonly skippedClasses: readonly string[];
  readonly skippedImages: number;
}

/**
 * From classified images and answers to a data set: split by source, turn each image four ways, lay out
 * `oriented_data/` and `dataset/`, write `mean_std.json`, `manifest.jsonl` and, last of all, `split.json`.
 * Same images, answers, config and seed give the same bytes. Safe to run again after any interruption; the
 * input is only read. Throws AppError: badInput for answers, images or labels that make no data set,
 * unavailable when the disk is full (then nothing of the step stays behind).
 */
export async function buildDataset(spec: BuildDatasetSpec, ctx: StepContext): Promise<BuildDatasetResult> {
  const folder = typeof spec.runFolder === 'string' ? new RunFolder(spec.runFolder) : spec.runFolder;
  const encoding = spec.encoding ?? DEFAULT_ROTATION_ENCODING;
  await requireOutside(folder.root, spec.inputDir);
  const applied = applyAnswersOf(spec);
  ctx.onProgress({ fraction: 0, message: `splitting ${applied.images.length} images by source` });
  const images = applied.images.map(({ image }) => image);
  const split = await splitBySource(images, { ...spec.config, seed: spec.seed }, ctx.signal);
  const plan = planDataset(applied.images, split, spec.config, encoding);
  try {
    const meanStd = await writePlannedFiles(plan, folder, spec.config.imageSizePx, encoding, scaled(ctx, 0.1, 0.98));
    const rows = plan.sources.flatMap((source) => source.files.map((file) => file.row));
    const manifestDigest = await writeManifest(folder.manifest, rows);
    const certificate = certify(spec, applied, split, plan, rows, manifestDigest);
    if (certificate.crossSplitEdges !== 0) {
      throw new AppError('internal', 'SPLIT_LEAKS', `split: ${certificate.crossSplitEdges} cross-split edges`, {
        ...certificate.crossSplitEdgesByKind,
      });
    }
    await writeJsonAtomic(folder.splitCertificate, certificate);
    for (const note of certificate.notes) ctx.log.warn(note);
    ctx.onProgress({ fraction: 1, message: `${rows.length} images in ${plan.labels.length} labels` });
    const { skippedClasses, skippedImages } = applied;
    return { certificate, meanStd, labels: plan.labels, skippedClasses, skippedImages };
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await removeDataset(folder).catch(() => undefined);
    throw new AppError(
      'unavailable',
      'DISK_FULL',
      `${folder.root}: the disk is full; what this step had written was removed. Free some space and resume the task`,
      { runFolder: folder.root },
      { cause: error },
    );
  }
}

function applyAnswersOf(spec: BuildDatasetSpec): AppliedAnswers {
  const naming = classNamingOf(spec.images);
  const withGoodImages = new Set(spec.images.flatMap((image) => (image.ok ? [naming.folderOf(image.classKey)] : [])));
  const classFolders = [...withGoodImages].sort();
  const answers = spec.answers instanceof Map ? (spec.answers as Answers) : validateAnswers(classFolders, spec.answers);
  return applyAnswers(spec.images, naming, answers);
}

function certify(
  spec: BuildDatasetSpec,
  applied: AppliedAnswers,
  split: SourceSplit,
  plan: DatasetPlan,
  rows: readonly ManifestRow[],
  manifestDigest: string,
): SplitCertificate {
  const counter = new CrossSplitCounter();
  const digest = new SplitDigest();
  const splitOfSource = new Map<string, ManifestRow['split']>();
  for (const row of rows) {
    counter.add(row);
    digest.add(row);
    splitOfSource.set(row.sourcePath, row.split);
  }
  const validates = (i: number): boolean => splitOfSource.get(applied.images[i]!.image.relativePath) === 'val';
  const edges = counter.result(split.bindingPairs.filter(({ a, b }) => validates(a) !== validates(b)).length);
  const valGroups = new Set(rows.flatMap((row) => (row.split === 'val' ? [row.groupId] : []))).size;
  const sources = countSplits(plan.sources.map((source) => source.files[0]!.row));
  const folders = new Map(applied.images.map(({ image, folder }) => [classKeyId(image.classKey), folder]));
  const classes = split.strata.map((stratum) => ({ folder: folders.get(classKeyId(stratum.classKey))!, ...stratum }));
  return {
    version: 1,
    seed: spec.seed,
    validationShare: { asked: spec.config.validationShare, reached: sources.val / sources.total },
    groups: { total: split.groups.length, train: split.groups.length - valGroups, val: valGroups },
    sources,
    images: countSplits(rows),
    classes,
    nearDuplicates: {
      maxHashBits: spec.config.nearDuplicateBits,
      minCorrelation: MIN_CORRELATION,
      pairs: split.bindingPairCount,
      releasedPairs: split.releasedPairs,
      strictestCorrelation: split.strictestCorrelation,
    },
    crossSplitEdges: sumEdges(edges),
    crossSplitEdgesByKind: edges,
    manifestDigest,
    digest: digest.hex(),
    notes: notesOf(applied, split, classes),
    skipped: { classes: applied.skippedClasses, images: applied.skippedImages },
  };
}

function countSplits(rows: readonly ManifestRow[]): SplitCertificate['images'] {
  const counts = { total: rows.length, train: 0, val: 0, calibration: 0 };
  for (const row of rows) counts[row.split]++;
  return counts;
}

function notesOf(applied: AppliedAnswers, split: SourceSplit, classes: SplitCertificate['classes']): string[] {
  const notes: string[] = [];
  const unvalidated = classes.filter((one) => one.ok && one.val === 0);
  if (unvalidated.length > 0) {
    const named = unvalidated.map(({ folder, images, groups }) => `${folder} (${images} from ${groups})`).join(', ');
    notes.push(
      `${unvalidated.length} class(es) are too small to divide; all their images train and none validates (images from sources): ${named}`,
    );
  }
  if (split.releasedPairs > 0) {
    notes.push(
      `${split.releasedPairs} pairs of look-alike images were not held on one side: whole classes look alike here, ` +
        `so only images with a correlation of at least ${split.strictestCorrelation} counted as copies there`,
    );
  }
  if (applied.skippedClasses.length > 0) {
    notes.push(
      `${applied.skippedClasses.length} class(es) skipped (${applied.skippedImages} images): ${applied.skippedClasses.join(', ')}`,
    );
  }
  return notes;
}

async function requireOutside(runFolder: string, inputDir: string): Promise<void> {
  const input = await realPathOf(resolve(inputDir));
  const run = await realPathOf(resolve(runFolder));
  if (run === input || run.startsWith(input + sep)) {
    throw badInput(
      'OUTPUT_INSIDE_INPUT',
      `${runFolder}: expected an output folder outside the input folder ${inputDir}, which is never written to; choose another one`,
      { runFolder, inputDir },
    );
  }
}

/** Links resolved as far as the path exists; the rest as written. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPathOf(parent), basename(path));
  }
}

function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function scaled(ctx: StepContext, from: number, to: number): StepContext {
  const onProgress = (progress: StepProgress): void =>
    ctx.onProgress({ ...progress, fraction: from + (to - from) * progress.fraction });
  return { ...ctx, onProgress };
}
