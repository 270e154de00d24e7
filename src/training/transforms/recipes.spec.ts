import { describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { augmentationRecipe, type AugmentationName } from './recipes.js';
import { newImage, type RgbImage } from './rgb-image.js';

describe('augmentation recipes', () => {
  it.each(['hoam-v1', 'polarity-v1', 'polarity-v2'] as const)('%s depends on its random numbers alone', (name) => {
    const first = augment(name, partWithMark(), 7);
    expect(augment(name, partWithMark(), 7).data).toEqual(first.data);
    expect(augment(name, partWithMark(), 8).data).not.toEqual(first.data);
  });

  it('none changes nothing', () => {
    expect(augment('none', partWithMark(), 1).data).toEqual(partWithMark().data);
  });

  it.each(['polarity-v1', 'polarity-v2'] as const)('%s leaves a mark on its side and of its colour', (name) => {
    for (let seed = 0; seed < 200; seed++) {
      const varied = augment(name, partWithMark(), seed);
      const [top, bottom] = [rednessOfHalf(varied, 'top'), rednessOfHalf(varied, 'bottom')];
      expect(top).toBeGreaterThan(bottom + 8);
    }
  });

  it.each(['polarity-v1', 'polarity-v2'] as const)('%s changes its input picture not at all', (name) => {
    const image = partWithMark();
    augment(name, image, 3);
    expect(image.data).toEqual(partWithMark().data);
  });

  it('polarity-v2 is polarity-v1 and, most times, a JPEG round trip that is never the same', () => {
    const seeds = Array.from({ length: 60 }, (_, seed) => seed);
    const stored = seeds.filter(
      (seed) =>
        Buffer.compare(
          augment('polarity-v1', partWithMark(), seed).data,
          augment('polarity-v2', partWithMark(), seed).data,
        ) !== 0,
    );
    expect(stored.length).toBeGreaterThan(30);
    expect(stored.length).toBeLessThan(55);
  });
});

function augment(name: AugmentationName, image: RgbImage, seed: number): RgbImage {
  const recipe = augmentationRecipe(name);
  const random = new Random(seed);
  const before = recipe.beforeResize?.(image, random) ?? image;
  return recipe.afterResize?.(before, random) ?? before;
}

/** A grey part with a red band near its upper edge. */
function partWithMark(): RgbImage {
  const image = newImage(48, 48);
  for (let y = 0; y < 48; y++)
    for (let x = 0; x < 48; x++) {
      const onPart = x > 8 && x < 40 && y > 8 && y < 40;
      const onMark = onPart && y > 11 && y < 18;
      image.data.set(onMark ? [190, 50, 40] : onPart ? [90, 90, 95] : [60, 110, 70], (y * 48 + x) * 3);
    }
  return image;
}

function rednessOfHalf(image: RgbImage, half: 'top' | 'bottom'): number {
  const rows = half === 'top' ? [0, 24] : [24, 48];
  let sum = 0;
  for (let i = rows[0]! * 48 * 3; i < rows[1]! * 48 * 3; i += 3)
    sum += Math.max(0, image.data[i]! - (image.data[i + 1]! + image.data[i + 2]!) / 2);
  return sum / (24 * 48);
}
