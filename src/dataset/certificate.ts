import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput, sha256File } from '../common/index.js';
import { parseImageName } from './image-name.js';
import { inspectImage } from './inspect-image.js';
import { readManifest, type ManifestRow } from './manifest.js';
import { findNearDuplicates } from './near-duplicates.js';
import { RunFolder } from './run-folder.js';
import type { StratumSplit } from './split.js';

/** Edges between the training side and validation, counted again from the finished rows. */
export interface CrossSplitEdges {
  /** Component instances with images on both sides. */
  readonly sameInstance: number;
  /** Source files with rotated copies on both sides. */
  readonly rotatedSibling: number;
  /** Identical bytes on both sides. */
  readonly sameBytes: number;
  /** Groups with rows on both sides. */
  readonly sameGroup: number;
  /**
   * Near-duplicate pairs across the sides. When the data set is built, of the pairs that hold groups together alone:
   * 0 of these means 0 of all.
   */
  readonly nearDuplicate: number;
}

/** `dataset/split.json`. */
export interface SplitCertificate {
  readonly version: 1;
  readonly seed: number;
  readonly validationShare: { readonly asked: number; readonly reached: number };
  readonly groups: { readonly total: number; readonly train: number; readonly val: number };
  /** Original images, before rotation. */
  readonly sources: {
    readonly total: number;
    readonly train: number;
    readonly val: number;
    readonly calibration: number;
  };
  /** Files of the data set, rotated ones included. */
  readonly images: {
    readonly total: number;
    readonly train: number;
    readonly val: number;
    readonly calibration: number;
  };
  readonly classes: readonly (StratumSplit & { readonly folder: string })[];
  readonly nearDuplicates: {
    readonly maxHashBits: number;
    readonly minCorrelation: number;
    readonly pairs: number;
    /** Look-alikes not held together, because they would have made one source of most of a class. */
    readonly releasedPairs: number;
    readonly strictestCorrelation: number;
  };
  /** The sum of `crossSplitEdgesByKind`; training refuses a data set where it is not 0. */
  readonly crossSplitEdges: number;
  readonly crossSplitEdgesByKind: CrossSplitEdges;
  /** SHA-256 of manifest.jsonl. */
  readonly manifestDigest: string;
  /** SHA-256 over the sorted source digests and their sides: the same for the same split, whatever the paths. */
  readonly digest: string;
  readonly notes: readonly string[];
  /** Classes that nobody wanted; not recorded from the beginning. */
  readonly skipped?: { readonly classes: readonly string[]; readonly images: number };
}

/** Counts again, from rows alone, everything that must not lie on both sides. */
export class CrossSplitCounter {
  private readonly instance = new Map<string, number>();
  private readonly sibling = new Map<string, number>();
  private readonly bytes = new Map<string, number>();
  private readonly group = new Map<string, number>();

  add(row: Pick<ManifestRow, 'sourcePath' | 'sourceDigest' | 'groupId' | 'split'>): void {
    // `calibration` is the training side.
    const side = row.split === 'val' ? 2 : 1;
    const mark = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) | side);
    mark(this.sibling, row.sourcePath);
    mark(this.bytes, row.sourceDigest);
    mark(this.group, row.groupId);
    const parsed = parseImageName(row.sourcePath.split('/').pop()!);
    if (parsed.ok) mark(this.instance, `${parsed.name.board}@${parsed.name.component}_${parsed.name.index}`);
  }

  result(nearDuplicate: number): CrossSplitEdges {
    const onBoth = (map: Map<string, number>): number => [...map.values()].filter((sides) => sides === 3).length;
    return {
      sameInstance: onBoth(this.instance),
      rotatedSibling: onBoth(this.sibling),
      sameBytes: onBoth(this.bytes),
      sameGroup: onBoth(this.group),
      nearDuplicate,
    };
  }
}

export function sumEdges(edges: CrossSplitEdges): number {
  return (Object.values(edges) as number[]).reduce((sum, count) => sum + count, 0);
}

/** Digest of a split: which source bytes lie on which side. */
export class SplitDigest {
  private readonly lines = new Set<string>();

  add(row: Pick<ManifestRow, 'sourcePath' | 'sourceDigest' | 'split'>): void {
    this.lines.add(`${row.sourceDigest} ${row.split} ${row.sourcePath}`);
  }

  hex(): string {
    return createHash('sha256')
      .update([...this.lines].sort().join('\n'))
      .digest('hex');
  }
}

/** Throws AppError (badInput) when the data set has no certificate or it cannot be read. */
export async function readCertificate(runFolder: RunFolder | string): Promise<SplitCertificate> {
  const path = folderOf(runFolder).splitCertificate;
  try {
    return JSON.parse(await readFile(path, 'utf8')) as SplitCertificate;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw badInput(
      missing ? 'CERTIFICATE_MISSING' : 'CERTIFICATE_BROKEN',
      `${path}: expected the split's certificate, ${missing ? 'but it does not exist' : 'but it is no JSON'}; build the data set again`,
      { path },
    );
  }
}

export interface CertificateCheck {
  readonly clean: boolean;
  /** One sentence a problem; empty when clean. */
  readonly problems: readonly string[];
  readonly certificate: SplitCertificate;
  readonly crossSplitEdges: CrossSplitEdges;
}

export interface VerifyOptions {
  /** Also decode every unrotated image and search near-duplicates again (about a millisecond an image). */
  readonly recheckPixels?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Recomputes from `dataset/manifest.jsonl` what the certificate claims: its digests, its counts, and that no
 * instance, source, group or content lies on both sides. Trusts nothing but the rows (and, with
 * `recheckPixels`, the files).
 */
export async function verifyCertificate(
  runFolder: RunFolder | string,
  { recheckPixels = false, signal }: VerifyOptions = {},
): Promise<CertificateCheck> {
  const folder = folderOf(runFolder);
  const certificate = await readCertificate(folder);
  const counter = new CrossSplitCounter();
  const digest = new SplitDigest();
  const counts = { total: 0, train: 0, val: 0, calibration: 0 };
  const upright: ManifestRow[] = [];
  for await (const row of readManifest(folder.manifest)) {
    signal?.throwIfAborted();
    counter.add(row);
    digest.add(row);
    counts.total++;
    counts[row.split]++;
    if (recheckPixels && row.rotationCwDeg === 0) upright.push(row);
  }
  const nearDuplicate = recheckPixels
    ? await countNearDuplicatesAcross(folder, upright, certificate, signal)
    : certificate.crossSplitEdgesByKind.nearDuplicate;
  const crossSplitEdges = counter.result(nearDuplicate);
  const problems = [
    ...Object.entries(crossSplitEdges)
      .filter(([, count]) => count !== 0)
      .map(([kind, count]) => `${count} cross-split edges of kind ${kind}`),
    ...(certificate.crossSplitEdges === 0
      ? []
      : [`the certificate itself counts ${certificate.crossSplitEdges} edges`]),
    ...(digest.hex() === certificate.digest ? [] : ['the split digest does not match the manifest']),
    ...((await sha256File(folder.manifest)) === certificate.manifestDigest
      ? []
      : ['the manifest was changed after the certificate was written']),
    ...(JSON.stringify(counts) === JSON.stringify(certificate.images)
      ? []
      : ['the image counts do not match the manifest']),
  ];
  return { clean: problems.length === 0, problems, certificate, crossSplitEdges };
}

async function countNearDuplicatesAcross(
  folder: RunFolder,
  rows: readonly ManifestRow[],
  certificate: SplitCertificate,
  signal: AbortSignal | undefined,
): Promise<number> {
  const contents: { sha256: string; thumbnail: string }[] = [];
  for (const row of rows) {
    signal?.throwIfAborted();
    const inspected = await inspectImage(join(folder.root, ...row.path.split('/')));
    if (!inspected.ok) throw badInput('DATASET_BROKEN', `${row.path}: ${inspected.reason}; build the data set again`);
    contents.push(inspected.content);
  }
  const { maxHashBits, strictestCorrelation } = certificate.nearDuplicates;
  let across = 0;
  await findNearDuplicates(contents, { maxHashBits, minCorrelation: strictestCorrelation, signal }, ({ a, b }) => {
    if ((rows[a]!.split === 'val') !== (rows[b]!.split === 'val')) across++;
  });
  return across;
}

function folderOf(runFolder: RunFolder | string): RunFolder {
  return typeof runFolder === 'string' ? new RunFolder(runFolder) : runFolder;
}
