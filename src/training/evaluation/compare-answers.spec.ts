import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tmpdir } from 'node:os';
import { stringify } from 'yaml';
import { Random } from '../../common/index.js';
import {
  ORIENTATIONS,
  ROTATIONS_CW_DEG,
  RunFolder,
  writeManifest,
  type ManifestRow,
  type Orientation,
} from '../../dataset/index.js';
import { compareAnswers } from './compare-runs.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'polarline-compare-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

interface Written {
  readonly folder: string;
  readonly rows: readonly ManifestRow[];
  readonly right: ReadonlyMap<string, boolean>;
}

describe('compareAnswers', () => {
  it.each([1, 2])('counts what a naive comparison of the two files counts (seed %d)', async (seed) => {
    const random = new Random(seed);
    // Sources 0 to 8 in A, 3 to 11 in B: six in common, each with four rotations.
    const [a, b] = [await writeRun('a', [0, 9], random), await writeRun('b', [3, 12], random)];
    const comparison = await compareAnswers(a.folder, b.folder);

    const both = a.rows.flatMap((row) => {
      const other = b.rows.find((one) => keyOf(one) === keyOf(row));
      return other ? [{ row, rightA: a.right.get(row.path)!, rightB: b.right.get(other.path)! }] : [];
    });
    const share = (count: number): number => count / both.length;
    const rightInA = both.filter(({ rightA }) => rightA).length;
    const rightInB = both.filter(({ rightB }) => rightB).length;
    expect(comparison).toMatchObject({
      runA: 'a',
      runB: 'b',
      images: 24,
      sources: 6,
      onlyA: 12,
      onlyB: 12,
      accuracyA: share(rightInA),
      accuracyB: share(rightInB),
    });
    expect(comparison.accuracyDifference.mean).toBeCloseTo(share(rightInB - rightInA), 12);
    expect(comparison.accuracyDifference.pValue).toBeCloseTo(signFlipP(both), 12);
    const lost = both.filter(({ rightA, rightB }) => rightA && !rightB);
    const won = both.filter(({ rightA, rightB }) => !rightA && rightB);
    expect(comparison.lost.map(({ rowA }) => rowA.path)).toEqual(lost.map(({ row }) => row.path));
    expect(comparison.won.map(({ rowA }) => rowA.path)).toEqual(won.map(({ row }) => row.path));
    for (const { rowA, rowB, answerA, answerB, trueClass } of [...comparison.lost, ...comparison.won]) {
      expect(keyOf(rowB)).toBe(keyOf(rowA));
      expect([answerA === trueClass, answerB === trueClass]).toEqual([
        a.right.get(rowA.path)!,
        b.right.get(rowB.path)!,
      ]);
    }
    const originals = (one: typeof both): typeof both => one.filter(({ row }) => row.rotationCwDeg === 0);
    expect(comparison.originals).toMatchObject({
      images: 6,
      onlyA: originals(lost).length,
      onlyB: originals(won).length,
    });
    expect(comparison.originals.pValue).toBeCloseTo(signTestP(originals(lost).length, originals(won).length), 12);
  });

  it('refuses runs that have no validation picture in common, or no answers', async () => {
    const random = new Random(3);
    const [a, b] = [await writeRun('a', [0, 2], random), await writeRun('b', [2, 4], random)];
    await expect(compareAnswers(a.folder, b.folder)).rejects.toMatchObject({ code: 'NOTHING_IN_COMMON' });
    await rm(join(new RunFolder(b.folder).results, 'evaluation_results.csv'));
    await expect(compareAnswers(a.folder, b.folder)).rejects.toMatchObject({ code: 'NOT_EVALUATED' });
  });
});

/** A run's manifest, settings and answers, right or wrong by chance; its training pictures are in no answer. */
async function writeRun(name: string, [from, to]: [number, number], random: Random): Promise<Written> {
  const folder = new RunFolder(join(root, name));
  const rows: ManifestRow[] = [];
  for (let source = from; source < to; source++)
    ROTATIONS_CW_DEG.forEach((rotationCwDeg, turn) => {
      const orientation: Orientation = ORIENTATIONS[(source + turn) % 4]!;
      rows.push({
        path: `dataset/val/${orientation}/${name}_${source}_${rotationCwDeg}.png`,
        sourcePath: `OK/${source}.png`,
        sourceDigest: `digest ${source}`,
        classKey: { product: 'P', component: 'C', light: 'R' },
        orientation,
        rotationCwDeg,
        split: 'val',
        label: orientation,
        ok: true,
        groupId: `group ${source}`,
      });
    });
  const right = new Map(rows.map(({ path }) => [path, random.next() < 0.6]));
  const lines = rows.map(({ path, label }) => {
    const answer = right.get(path)! ? label : ORIENTATIONS.find((other) => other !== label)!;
    return [path, label, answer, random.next().toFixed(3), String(right.get(path)!)].join(',');
  });
  const training: ManifestRow = { ...rows[0]!, path: 'dataset/train/Up/t.png', sourceDigest: name, split: 'train' };
  await writeManifest(folder.manifest, [training, ...rows]);
  await mkdir(folder.results, { recursive: true });
  await mkdir(dirname(folder.configUsed), { recursive: true });
  await writeFile(folder.configUsed, stringify({ experiment: { name } }));
  await writeFile(
    join(folder.results, 'evaluation_results.csv'),
    ['image,true_class,pred_class,similarity,correct', ...lines].join('\n'),
  );
  return { folder: folder.root, rows, right };
}

function keyOf({ sourceDigest, rotationCwDeg }: ManifestRow): string {
  return `${sourceDigest}/${rotationCwDeg}`;
}

/** Share of all sign patterns of the six sources' differences that are as extreme as what was seen. */
function signFlipP(pairs: readonly { row: ManifestRow; rightA: boolean; rightB: boolean }[]): number {
  const sums = new Map<string, number>();
  for (const { row, rightA, rightB } of pairs)
    sums.set(row.groupId, (sums.get(row.groupId) ?? 0) + Number(rightB) - Number(rightA));
  const patterns = [...sums.values()].reduce<number[]>((all, d) => all.flatMap((sum) => [sum + d, sum - d]), [0]);
  const seen = Math.abs([...sums.values()].reduce((sum, d) => sum + d, 0));
  return patterns.filter((sum) => Math.abs(sum) >= seen).length / patterns.length;
}

/** Two-sided exact sign test, term by term. */
function signTestP(a: number, b: number): number {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  let tail = 0;
  for (let k = 0; k <= Math.min(a, b); k++) tail += choose(a + b, k) / 2 ** (a + b);
  return Math.min(1, 2 * tail);
}
