import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Random } from '../../common/index.js';
import { applyRandAugment, RAND_AUGMENT_OPERATIONS, type RandAugmentName } from './rand-augment.js';
import { newImage, type RgbImage } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

const NAMES = Object.keys(RAND_AUGMENT_OPERATIONS) as RandAugmentName[];

describe('TabledImage', () => {
  it('gives the same bytes with tables put off as with every operation done at once', () => {
    const operation = fc.record({ name: fc.constantFrom(...NAMES), bin: fc.integer({ min: 0, max: 30 }) });
    fc.assert(
      fc.property(fc.array(operation, { minLength: 2, maxLength: 6 }), fc.integer(), (operations, seed) => {
        const image = noise(seed);
        const apply = (picture: TabledImage, { name, bin }: (typeof operations)[number]) =>
          applyRandAugment(picture, name, bin);
        const putOff = operations.reduce(apply, new TabledImage(image)).image();
        const atOnce = operations.reduce((current, one) => apply(new TabledImage(current), one).image(), image);
        expect(putOff.data).toEqual(atOnce.data);
      }),
    );
  });

  it('takes no pass over the pixels for what looks at one byte alone, and leaves its picture as it was', () => {
    const image = noise(1);
    const before = Uint8Array.from(image.data);
    const changed = new TabledImage(image).through((value) => 255 - value).through((value) => value >> 1);
    expect(changed.raw).toBe(image);
    expect(changed.image().data).toEqual(before.map((value) => (255 - value) >> 1));
    expect(image.data).toEqual(before);
    expect(new TabledImage(image).image()).toBe(image);
  });
});

function noise(seed: number): RgbImage {
  const random = new Random(seed);
  const image = newImage(11, 7);
  for (let i = 0; i < image.data.length; i++) image.data[i] = random.integer(256);
  return image;
}
