import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { badInput, errorMessage, type StepContext } from '../../common/index.js';
import { loadManifest, RunFolder, type ManifestRow } from '../../dataset/index.js';
import type { TrainConfig } from '../config.js';
import { integerCodes, pickImages, type EmbeddedImages } from '../golden-samples/index.js';
import {
  mcNemar,
  pairedDifference,
  retrievalMetrics,
  type McNemarResult,
  type PairedDifference,
} from '../metrics/index.js';
import { embedRun, realParts, type EvaluationParts } from './embed-run.js';
import { readRunConfig } from './run-config.js';

export interface FlippedAnswer {
  readonly rowA: ManifestRow;
  readonly rowB: ManifestRow;
  readonly trueClass: string;
  readonly answerA: string;
  readonly answerB: string;
  readonly similarityA: number;
  readonly similarityB: number;
}

/** What the answers of two runs say, without their models. */
export interface AnswerComparison {
  readonly runA: string;
  readonly runB: string;
  /** Validation images that both runs have, by content and rotation. */
  readonly images: number;
  readonly sources: number;
  /** Validation images of one run that the other does not have in validation; they are left out. */
  readonly onlyA: number;
  readonly onlyB: number;
  readonly accuracyA: number;
  readonly accuracyB: number;
  /** B − A over images, tested by flipping the sign of whole sources. */
  readonly accuracyDifference: PairedDifference;
  /** On originals only, which are independent of one another: the exact test of right against wrong. */
  readonly originals: McNemarResult & { readonly images: number };
  /** Right in A and wrong in B, and the other way round. */
  readonly lost: readonly FlippedAnswer[];
  readonly won: readonly FlippedAnswer[];
}

export interface RunComparison extends AnswerComparison {
  /** B − A of average precision up to R, leave-one-out among the images that both have. */
  readonly mapAtRDifference: PairedDifference;
  readonly mapAtRA: number | null;
  readonly mapAtRB: number | null;
}

interface RunSide {
  readonly folder: string;
  readonly rows: ReadonlyMap<string, ManifestRow>;
  readonly answers: ReadonlyMap<string, CsvAnswer>;
  readonly config: TrainConfig;
}

interface CsvAnswer {
  readonly image: string;
  readonly true_class: string;
  readonly pred_class: string;
  readonly similarity: string;
  readonly correct: string;
}

/**
 * Compares two evaluated runs on the validation images that both have: paired, so that easy and hard images
 * weigh the same on both sides, and by whole sources, because turned copies are not independent.
 * @throws AppError `NOT_EVALUATED`, `NOTHING_IN_COMMON`.
 */
export async function compareRuns(
  runA: string,
  runB: string,
  ctx: StepContext,
  parts?: EvaluationParts,
): Promise<RunComparison> {
  const [a, b] = [await readSide(runA), await readSide(runB)];
  const common = commonImages(a, b);
  const clusters = integerCodes(common.map((key) => a.rows.get(key)!.groupId)).codes;
  const real = parts ?? (await realParts());
  const [mapA, mapB] = [await mapAtR(a, common, real, ctx), await mapAtR(b, common, real, ctx)];
  return {
    ...compareSides(a, b, common),
    mapAtRDifference: pairedDifference(mapA.perQuery, mapB.perQuery, { clusters }),
    mapAtRA: mapA.mean,
    mapAtRB: mapB.mean,
  };
}

/** The same from the written answers alone: no model is loaded. @throws AppError as `compareRuns` */
export async function compareAnswers(runA: string, runB: string): Promise<AnswerComparison> {
  const [a, b] = [await readSide(runA), await readSide(runB)];
  return compareSides(a, b, commonImages(a, b));
}

function commonImages(a: RunSide, b: RunSide): string[] {
  const common = [...a.rows.keys()].filter((key) => b.rows.has(key));
  if (common.length === 0)
    throw badInput(
      'NOTHING_IN_COMMON',
      `${a.folder} and ${b.folder}: expected validation images that both runs have, got none; split both from the same images with the same seed`,
    );
  return common;
}

function compareSides(a: RunSide, b: RunSide, common: readonly string[]): AnswerComparison {
  const sources = integerCodes(common.map((key) => a.rows.get(key)!.groupId));
  const right = (side: RunSide): number[] => common.map((key) => Number(side.answers.get(key)!.correct === 'true'));
  const [rightA, rightB] = [right(a), right(b)];
  const originals = common.flatMap((key, i) => (a.rows.get(key)!.rotationCwDeg === 0 ? [i] : []));
  const flips = (from: number[], to: number[]): FlippedAnswer[] =>
    common.flatMap((key, i) => (from[i] === 1 && to[i] === 0 ? [flipped(a, b, key)] : []));
  return {
    runA: basename(a.folder),
    runB: basename(b.folder),
    images: common.length,
    sources: sources.names.length,
    onlyA: a.rows.size - common.length,
    onlyB: b.rows.size - common.length,
    accuracyA: mean(rightA),
    accuracyB: mean(rightB),
    accuracyDifference: pairedDifference(rightA, rightB, { clusters: sources.codes }),
    originals: {
      ...mcNemar(
        originals.map((i) => rightA[i] === 1),
        originals.map((i) => rightB[i] === 1),
      ),
      images: originals.length,
    },
    lost: flips(rightA, rightB),
    won: flips(rightB, rightA),
  };
}

async function readSide(run: string): Promise<RunSide> {
  const folder = new RunFolder(resolve(run));
  const path = join(folder.results, 'evaluation_results.csv');
  let answers: CsvAnswer[];
  try {
    answers = parse(await readFile(path, 'utf8'), { columns: true });
  } catch (error) {
    throw badInput('NOT_EVALUATED', `${path}: expected the answers of an evaluated run, got: ${errorMessage(error)}`);
  }
  const byPath = new Map(answers.map((answer) => [answer.image, answer]));
  const rows = (await loadManifest(folder.manifest)).filter((row) => row.split === 'val' && byPath.has(row.path));
  const keyed = rows.map((row) => [`${row.sourceDigest} ${row.rotationCwDeg}`, row] as const);
  return {
    folder: folder.root,
    rows: new Map(keyed),
    answers: new Map(keyed.map(([key, row]) => [key, byPath.get(row.path)!])),
    config: await readRunConfig(folder.root),
  };
}

async function mapAtR(side: RunSide, common: readonly string[], parts: EvaluationParts, ctx: StepContext) {
  const rows = await loadManifest(new RunFolder(side.folder).manifest);
  const { images } = await embedRun(side.folder, rows, side.config.training.threads, parts, ctx);
  const indexOf = new Map(rows.map((row, i) => [row.path, i]));
  const picked: EmbeddedImages = pickImages(
    images,
    common.map((key) => indexOf.get(side.rows.get(key)!.path)!),
  );
  const metrics = await retrievalMetrics({
    embeddings: picked.embeddings,
    dimension: picked.dimension,
    labels: integerCodes(picked.rows.map((row) => row.label)).codes,
    groups: integerCodes(picked.rows.map((row) => row.groupId)).codes,
    signal: ctx.signal,
  });
  return { perQuery: metrics.perQuery.mapAtR, mean: metrics.mapAtR };
}

function flipped(a: RunSide, b: RunSide, key: string): FlippedAnswer {
  const [answerA, answerB] = [a.answers.get(key)!, b.answers.get(key)!];
  return {
    rowA: a.rows.get(key)!,
    rowB: b.rows.get(key)!,
    trueClass: answerA.true_class,
    answerA: answerA.pred_class,
    answerB: answerB.pred_class,
    similarityA: Number(answerA.similarity),
    similarityB: Number(answerB.similarity),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
