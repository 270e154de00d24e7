import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random } from '../../common/index.js';
import type { ManifestRow, Orientation, RotationCwDeg } from '../../dataset/index.js';
import type { EmbeddedImages } from './embedded-images.js';
import { readGoldenSet, writeGoldenSet } from './golden-files.js';
import { acceptanceScore, GoldenMatcher, judge } from './matcher.js';
import { chooseMedoids } from './medoids.js';
import { embeddingDigest, selectGoldens } from './select-goldens.js';
import { swapGolden } from './swap-golden.js';

const classKey = { product: 'P', component: 'IC1', light: 'R' };

interface Sketch {
  readonly angleDeg: number;
  readonly orientation?: Orientation | null;
  readonly rotation?: RotationCwDeg;
  readonly group?: string;
}

/** Images as points on a circle: similarity is the cosine of the angle between them. */
function circle(sketches: readonly Sketch[]): EmbeddedImages {
  const rows = sketches.map(({ orientation = 'Up', rotation = 0, group }, i): ManifestRow => {
    const label = orientation ?? 'NG';
    return {
      path: `dataset/train/${label}/${i}.png`,
      sourcePath: `OK/${group ?? i}.png`,
      sourceDigest: String(i),
      classKey,
      orientation,
      rotationCwDeg: rotation,
      split: 'train',
      label,
      ok: orientation !== null,
      groupId: group ?? String(i),
    };
  });
  const radians = sketches.map(({ angleDeg }) => (angleDeg * Math.PI) / 180);
  const embeddings = Float32Array.from(radians.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]));
  return { rows, embeddings, dimension: 2 };
}

const select = (images: EmbeddedImages, goldensPerClass = 1, withNgReferences = true) =>
  selectGoldens({ images, goldensPerClass, withNgReferences, modelDigest: 'm', seed: 1 });

const at = (...angles: number[]): Sketch[] => angles.map((angleDeg) => ({ angleDeg }));

describe('selectGoldens', () => {
  it('takes the medoid, and nothing of chance', async () => {
    const { set } = await select(circle(at(0, 4, 5, 6, 11)));
    expect(set.goldens.map(({ imagePath }) => imagePath)).toEqual(['dataset/train/Up/2.png']);
    expect(set.goldens[0]).toMatchObject({ why: 'medoid of 5 originals', represents: 5, chosenBy: 'medoid' });
  });

  it('never takes a turned copy where there is an original', async () => {
    const copies = [4, 5, 6, 7].map((angleDeg): Sketch => ({ angleDeg, rotation: 90 }));
    const { set } = await select(circle([{ angleDeg: 0 }, ...copies]));
    expect(set.goldens[0]!.rotationCwDeg).toBe(0);
  });

  it('excludes outliers and says why', async () => {
    const { set } = await select(circle(at(0, 1, 2, 3, 4, 5, 90)), 3);
    expect(set.excluded).toEqual([
      { imagePath: 'dataset/train/Up/6.png', reason: expect.stringContaining('outlier: similarity to its class') },
    ]);
    expect(set.goldens).toHaveLength(3);
    expect(set.goldens.map(({ imagePath }) => imagePath)).not.toContain('dataset/train/Up/6.png');
  });

  it('excludes an image whose neighbours carry another label', async () => {
    const right = at(90, 91, 92, 93, 94, 95).map((s): Sketch => ({ ...s, orientation: 'Right' }));
    const { set } = await select(circle([...at(0, 1, 2, 3), { angleDeg: 92.5 }, ...right]));
    expect(set.excluded).toEqual([{ imagePath: 'dataset/train/Up/4.png', reason: expect.stringContaining('Right') }]);
  });

  it('covers a class of two looks with two golden samples', async () => {
    const { set } = await select(circle(at(0, 1, 2, 40, 41, 42)), 2);
    expect(set.goldens.map(({ imagePath }) => imagePath).sort()).toEqual([
      'dataset/train/Up/1.png',
      'dataset/train/Up/4.png',
    ]);
  });

  it('never takes near-duplicates or one source twice', async () => {
    const same = circle([
      { angleDeg: 0 },
      { angleDeg: 0.01 },
      { angleDeg: 30, group: 'g' },
      { angleDeg: 33, group: 'g' },
    ]);
    const { set } = await select(same, 4);
    expect(set.goldens).toHaveLength(2);
  });

  it('tells a golden sample that an NG image comes too close to', async () => {
    const { set } = await select(circle([...at(0, 10, 20, 30), { angleDeg: 12, orientation: null }]));
    const [golden] = set.goldens;
    expect(golden!.health.status).toBe('weak');
    expect(golden!.health.note).toContain('NG');
    expect(set.goldens.map(({ role }) => role)).toEqual(['ok', 'ng']);
  });

  it('lists what is missing', async () => {
    const { set } = await select(circle(at(0, 1)));
    expect(set.missing.map(({ orientation }) => orientation)).toEqual(['Right', 'Down', 'Left']);
    const onlyNg = await select(circle([{ angleDeg: 0, orientation: null }]), 1, false);
    expect(onlyNg.set.missing).toHaveLength(1);
    expect(onlyNg.set.goldens).toEqual([]);
  });
});

describe('chooseMedoids', () => {
  const everything = () => true;

  it('agrees with trying all images when one is wanted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 1, maxLength: 25 }), (angles) => {
        const images = circle(at(...angles));
        const [chosen] = chooseMedoids(images, { k: 1, random: new Random(1), compatible: everything });
        const score = (i: number): number =>
          angles.reduce((sum, angle) => sum + Math.cos(((angle - angles[i]!) * Math.PI) / 180), 0);
        const best = Math.max(...angles.map((_, i) => score(i)));
        expect(score(chosen!)).toBeCloseTo(best, 4);
      }),
    );
  });

  it('is no worse than any single swap when more are wanted', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 170 }), { minLength: 4, maxLength: 16 }), (angles) => {
        const images = circle(at(...angles));
        const chosen = chooseMedoids(images, { k: 3, random: new Random(1), compatible: everything });
        const coverage = (set: readonly number[]): number =>
          angles.reduce((sum, a) => sum + Math.max(...set.map((i) => Math.cos(((a - angles[i]!) * Math.PI) / 180))), 0);
        for (let slot = 0; slot < chosen.length; slot++)
          for (let other = 0; other < angles.length; other++)
            expect(coverage(chosen.with(slot, other))).toBeLessThanOrEqual(coverage(chosen) + 1e-4);
      }),
      { numRuns: 50 },
    );
  });
});

describe('GoldenMatcher and judge', () => {
  const fourWays = circle([
    { angleDeg: 0 },
    { angleDeg: 90, orientation: 'Right' },
    { angleDeg: 180, orientation: 'Down' },
    { angleDeg: 270, orientation: 'Left' },
    { angleDeg: 45, orientation: null },
  ]);
  const unit = (angleDeg: number): Float32Array => circle(at(angleDeg)).embeddings;

  it.each([
    [5, 0.9, 'Up', true, null],
    [5, 0.999, 'Up', false, 'belowThreshold'],
    [40, 0.5, 'Up', false, 'nearestIsNg'],
    [92, 0.9, 'Up', false, 'wrongOrientation'],
    [92, 0.9, null, true, null],
  ] as const)('at %d° with threshold %d, expecting %s', async (angle, threshold, expected, ok, reason) => {
    const match = new GoldenMatcher(await select(fourWays)).match(unit(angle), classKey)!;
    expect(judge(match, threshold, expected)).toEqual({ ok, reason });
    expect(acceptanceScore(match, expected)).toBe(ok || reason === 'belowThreshold' ? match.best.similarity : -1);
  });

  it('searches all golden samples for a class that has none, and says so', async () => {
    const matcher = new GoldenMatcher(await select(fourWays));
    const other = { ...classKey, product: 'unknown' };
    expect(matcher.hasClass(other)).toBe(false);
    expect(matcher.match(unit(3), other)).toMatchObject({ ownClass: false, best: { golden: { orientation: 'Up' } } });
  });
});

describe('golden set files', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'polarline-goldens-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const prepare = async () => {
    const goldens = await select(circle(at(0, 1, 2)));
    const picture = join(root, 'golden.png');
    await writeFile(picture, 'picture');
    const set = { ...goldens.set, goldens: goldens.set.goldens.map((g) => ({ ...g, imagePath: picture })) };
    return { ...goldens, set };
  };

  it('come back as they were written, with their pictures', async () => {
    const goldens = await prepare();
    await writeGoldenSet(join(root, 'golden_samples'), root, goldens);
    await writeGoldenSet(join(root, 'golden_samples'), root, goldens);
    expect(await readGoldenSet(join(root, 'golden_samples'))).toEqual(goldens);
    expect(await readdir(join(root, 'golden_samples', 'P_IC1_R'))).toEqual(['Up_1.png']);
  });

  it('never write outside their folder', async () => {
    const goldens = await prepare();
    const evil = { ...goldens.set, goldens: goldens.set.goldens.map((g) => ({ ...g, file: '../../evil.png' })) };
    await expect(writeGoldenSet(join(root, 'golden_samples'), root, { ...goldens, set: evil })).rejects.toMatchObject({
      code: 'GOLDEN_PATH_OUTSIDE',
    });
  });

  it('are refused when they are missing or of another form', async () => {
    await expect(readGoldenSet(root)).rejects.toMatchObject({ code: 'GOLDEN_SET_MISSING' });
    await writeFile(join(root, 'manifest.json'), '{"version": 2}');
    await expect(readGoldenSet(root)).rejects.toMatchObject({ code: 'GOLDEN_SET_BROKEN' });
  });

  it('take a person’s choice', async () => {
    const goldens = await prepare();
    const embedding = Float32Array.from([0, 1]);
    const image = circle(at(90)).rows[0]!;
    const swapped = swapGolden(goldens, { id: 'P_IC1_R/Up_1', image, embedding, why: 'sharper' });
    expect(swapped.set.goldens[0]).toMatchObject({
      chosenBy: 'person',
      why: 'sharper',
      imagePath: image.path,
      embeddingDigest: embeddingDigest(embedding),
    });
    expect(Array.from(swapped.embeddings)).toEqual([0, 1]);
    expect(() => swapGolden(goldens, { id: 'nobody', image, embedding, why: '' })).toThrow('such as P_IC1_R/Up_1');
  });
});
