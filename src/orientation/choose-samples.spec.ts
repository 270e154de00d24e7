import { describe, expect, it } from '@jest/globals';
import { classifiedImage } from '../../test/support/classified-images.js';
import { chooseSamples } from './choose-samples.js';
import { findMixedOrientationSuspects } from './mixed-orientations.js';

const alike = Array.from({ length: 6 }, (_, i) => classifiedImage({ board: `b${i}`, pictureSeed: 'usual' }));
const strange = ['x', 'y'].map((board) => classifiedImage({ board, pictureSeed: board }));

describe('chooseSamples', () => {
  it('shows the most typical image and the two least alike', () => {
    const [one] = chooseSamples([...alike, ...strange]);
    expect(one).toMatchObject({ folder: 'P_C1_R', imageCount: 8 });
    expect(one!.samples.map(({ role }) => role)).toEqual(['typical', 'unlike', 'unlike']);
    expect(alike).toContain(one!.samples[0]!.image);
    expect(new Set(one!.samples.slice(1).map(({ image }) => image))).toEqual(new Set(strange));
  });

  it('shows every visitor the same, in whatever order the images come', () => {
    const images = [...alike, ...strange];
    expect(chooseSamples([...images].reverse())).toEqual(chooseSamples(images));
  });

  it('asks only for classes with good images, and shows what a small class has', () => {
    const classes = chooseSamples([
      classifiedImage({ board: 'b1' }),
      classifiedImage({ board: 'b2', product: 'Q', ok: false }),
    ]);
    expect(classes.map(({ folder, samples }) => [folder, samples.length])).toEqual([['P_C1_R', 1]]);
  });
});

describe('findMixedOrientationSuspects', () => {
  it('names the images of parts that are mounted another way, and by how much', async () => {
    const turned = [1, 2].map((turns) => classifiedImage({ board: `t${turns}`, pictureSeed: 'usual', turns }));
    const suspects = await findMixedOrientationSuspects([...alike, ...turned]);
    const named = Object.fromEntries(suspects.map(({ image, turnCwDeg }) => [image.name.board, turnCwDeg]));
    expect(named).toEqual({ t1: 270, t2: 180 });
  });

  it('names none in a class that is even, or that looks like nothing in particular', async () => {
    expect(await findMixedOrientationSuspects(alike)).toEqual([]);
    const random = Array.from({ length: 12 }, (_, i) => classifiedImage({ board: `r${i}` }));
    expect((await findMixedOrientationSuspects(random)).length).toBeLessThanOrEqual(1);
  });
});
