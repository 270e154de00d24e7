import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { classifiedImage, type ImageSketch } from '../../test/support/classified-images.js';
import { instanceKey, type ClassifiedImage } from './classified-image.js';
import { findNearDuplicates } from './near-duplicates.js';
import { splitBySource, type SourceSplit } from './split.js';

const SPEC = { validationShare: 0.2, seed: 7, nearDuplicateBits: 8 };

const sketches = fc.array(
  fc.record({
    board: fc.integer({ min: 0, max: 12 }).map((n) => `b${n}`),
    component: fc.constantFrom('C1', 'C2', 'U_7'),
    index: fc.constantFrom('1', '2'),
    light: fc.constantFrom('R', 'W'),
    timestamp: fc.constantFrom('20240101120000', '20240101120007'),
    product: fc.constantFrom('P', 'Q'),
    ok: fc.boolean(),
    subFolder: fc.constantFrom(undefined, 'again'),
    // Some pictures come several times, also turned, from other boards and other classes.
    pictureSeed: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined, freq: 2 }),
    turns: fc.integer({ min: 0, max: 3 }),
    bytesSeed: fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined, freq: 4 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** `undefined` means "not given", as in a literal without that property. */
function imagesOf(list: readonly { [K in keyof ImageSketch]: ImageSketch[K] | undefined }[]): ClassifiedImage[] {
  const byPath = new Map<string, ClassifiedImage>();
  for (const sketch of list) {
    const given = Object.entries(sketch).filter(([, value]) => value !== undefined);
    const image = classifiedImage(Object.fromEntries(given) as unknown as ImageSketch);
    byPath.set(image.relativePath, image);
  }
  return [...byPath.values()];
}

function sidesBy(split: SourceSplit, keys: readonly string[]): Map<string, Set<string>> {
  const sides = new Map<string, Set<string>>();
  keys.forEach((key, i) => sides.set(key, (sides.get(key) ?? new Set()).add(split.sides[i]!)));
  return sides;
}

describe('splitBySource', () => {
  it('never puts one instance, one content or one look-alike pair on both sides', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, fc.integer(), async (list, seed) => {
        const images = imagesOf(list);
        const split = await splitBySource(images, { ...SPEC, seed });
        for (const keys of [images.map(instanceKey), images.map((image) => image.sha256), split.groupIds]) {
          for (const sides of sidesBy(split, keys).values()) expect(sides.size).toBe(1);
        }
        for (const { a, b } of split.bindingPairs) expect(split.sides[a]).toBe(split.sides[b]);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps every class of good parts trainable and counts every image once', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, async (list) => {
        const images = imagesOf(list);
        const split = await splitBySource(images, SPEC);
        expect(split.strata.reduce((sum, one) => sum + one.images, 0)).toBe(images.length);
        for (const one of split.strata) if (one.ok) expect(one.train).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });

  it('depends on the seed and the images, not on their order', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, fc.integer({ min: 1, max: 1000 }), async (list, turn) => {
        const images = imagesOf(list);
        const other = [...images.slice(turn % images.length), ...images.slice(0, turn % images.length)].reverse();
        const one = await splitBySource(images, SPEC);
        const two = await splitBySource(other, SPEC);
        const sidesOf = (all: readonly ClassifiedImage[], split: SourceSplit): Record<string, string> =>
          Object.fromEntries(all.map((image, i) => [image.relativePath, `${split.sides[i]!} ${split.groupIds[i]!}`]));
        expect(sidesOf(other, two)).toEqual(sidesOf(images, one));
      }),
      { numRuns: 50 },
    );
  });

  it('reaches the share in every class when groups are small', async () => {
    const images = ['C1', 'C2', 'C3'].flatMap((component) =>
      Array.from({ length: 100 }, (_, i) => classifiedImage({ board: `b${i}`, component, ok: i % 5 !== 0 })),
    );
    const split = await splitBySource(images, SPEC);
    for (const one of split.strata) expect(one.val).toBe(one.images * 0.2);
    const other = await splitBySource(images, { ...SPEC, seed: 8 });
    expect(other.sides).not.toEqual(split.sides);
  });

  it('keeps a class from one source in training, and takes one source of two when nothing else can validate', async () => {
    const lonely = Array.from({ length: 5 }, (_, i) =>
      classifiedImage({ board: 'b1', timestamp: `2024010112000${i}`, pictureSeed: i }),
    );
    expect((await splitBySource(lonely, SPEC)).sides).toEqual(Array(5).fill('train'));
    const two = [classifiedImage({ board: 'b1' }), classifiedImage({ board: 'b2' })];
    expect([...(await splitBySource(two, SPEC)).sides].sort()).toEqual(['train', 'val']);
  });

  it('does not let look-alikes swallow a class, and says so', async () => {
    // Twelve boards whose pictures differ by noise alone: no copies, but one look.
    const even = Array.from({ length: 12 }, (_, i) => classifiedImage({ board: `b${i}`, pictureSeed: 'same' }));
    const noisy = even.map((image, i) => ({ ...image, thumbnail: withNoise(image.thumbnail, i) }));
    const split = await splitBySource(noisy, SPEC);
    expect(split.releasedPairs).toBeGreaterThan(0);
    expect(split.strictestCorrelation).toBeGreaterThan(0.98);
    expect(split.sides.filter((side) => side === 'val').length).toBeGreaterThanOrEqual(2);
  });

  it('counts every look-alike pair of an even class and keeps at most one fewer than its images', async () => {
    const even = Array.from({ length: 150 }, (_, i) => classifiedImage({ board: `b${i}`, pictureSeed: 'same' }));
    const noisy = even.map((image, i) => ({ ...image, thumbnail: withNoise(image.thumbnail, i) }));
    const split = await splitBySource(noisy, SPEC);
    let pairs = 0;
    await findNearDuplicates(noisy, { maxHashBits: SPEC.nearDuplicateBits }, () => pairs++);
    expect(pairs).toBeGreaterThan(noisy.length);
    expect(split.bindingPairCount + split.releasedPairs).toBe(pairs);
    expect(split.bindingPairs.length).toBeLessThan(noisy.length);
  });

  it('holds real copies together even when they are most of a class', async () => {
    const copies = Array.from({ length: 8 }, (_, i) => classifiedImage({ board: `b${i}`, pictureSeed: 'same' }));
    const others = Array.from({ length: 4 }, (_, i) => classifiedImage({ board: `c${i}` }));
    const split = await splitBySource([...copies, ...others], SPEC);
    expect(new Set(split.sides.slice(0, 8)).size).toBe(1);
  });
});

/** Adds noise strong enough to make two pictures of one look correlate at about 0.985. */
function withNoise(thumbnail: string, seed: number): string {
  const bytes = Buffer.from(thumbnail, 'base64');
  return Buffer.from(bytes.map((value, i) => value + (((i * 7919 + seed * 104729) * 2654435761) >>> 28) - 8)).toString(
    'base64',
  );
}
