import type { Random } from '../../common/index.js';
import type { DataConfig } from '../config.js';
import { adjustBrightness, adjustContrast, adjustSaturation } from './colour.js';
import { addNoise, adjustExposure, blur } from './filters.js';
import { similarityMap, warpBilinear } from './geometry.js';
import { adjustHue } from './hue.js';
import { recompress } from './jpeg.js';
import { randAugment } from './rand-augment.js';
import type { RgbImage } from './rgb-image.js';
import { TabledImage } from './tabled-image.js';

export type AugmentationName = DataConfig['augmentation'];

/**
 * How training pictures are varied. A recipe never changes under its name: a new one gets a new version, so
 * that a stored configuration keeps its meaning. docs/augmentation.md has the reasons.
 */
export interface AugmentationRecipe {
  readonly name: AugmentationName;
  /** On the picture as decoded, in its own size. */
  readonly beforeResize?: (image: RgbImage, random: Random) => RgbImage;
  /** On the resized picture. */
  readonly afterResize?: (image: RgbImage, random: Random) => RgbImage;
}

/** The original system: ColorJitter(.2, .2, .2, .1), RandAugment(2, 9), then resize. */
const hoamV1: AugmentationRecipe = {
  name: 'hoam-v1',
  beforeResize: (image, random) => randAugment(colourJitter(new TabledImage(image), random), 2, 9, random).image(),
};

/** torchvision's ColorJitter: the four adjustments in random order. */
function colourJitter(picture: TabledImage, random: Random): TabledImage {
  const adjustments = [
    (current: TabledImage) => adjustBrightness(current, random.uniform(0.8, 1.2)),
    (current: TabledImage) => adjustContrast(current, random.uniform(0.8, 1.2)),
    (current: TabledImage) => adjustSaturation(current, random.uniform(0.8, 1.2)),
    (current: TabledImage) => adjustHue(current, random.uniform(-0.1, 0.1)),
  ];
  return random.shuffled(adjustments).reduce((current, adjust) => adjust(current), picture);
}

/** What a placement machine and its camera really vary; nothing that could hide or turn a polarity mark. */
const polarityV1: AugmentationRecipe = {
  name: 'polarity-v1',
  afterResize: (image, random) => {
    let current = warpBilinear(
      image,
      similarityMap(image.widthPx, image.heightPx, {
        angleCwDeg: random.uniform(-6, 6),
        scale: random.uniform(0.9, 1.1),
        shiftX: random.uniform(-0.06, 0.06) * image.widthPx,
        shiftY: random.uniform(-0.06, 0.06) * image.heightPx,
      }),
    );
    current = adjustExposure(current, {
      gain: random.uniform(0.8, 1.2),
      contrast: random.uniform(0.8, 1.2),
      gamma: random.uniform(0.85, 1.15),
      channelGains: [random.uniform(0.95, 1.05), random.uniform(0.95, 1.05), random.uniform(0.95, 1.05)],
    });
    if (random.next() < 0.3) current = adjustSaturation(new TabledImage(current), random.uniform(0.5, 1.2)).image();
    if (random.next() < 0.25) current = blur(current, random.uniform(0.3, 1));
    if (random.next() < 0.3) current = addNoise(current, random.uniform(0.005, 0.025), random);
    return current;
  },
};

/**
 * And a JPEG round trip. The turned copies of a picture are JPEGs of a decoded JPEG, the unturned one is not: where
 * all pictures of a part lie the same way round, a model could tell the rotation by that trace alone.
 */
const polarityV2: AugmentationRecipe = {
  name: 'polarity-v2',
  afterResize: (image, random) => {
    const varied = polarityV1.afterResize!(image, random);
    if (random.next() < 0.3) return varied;
    return recompress(varied, 60 + random.integer(36), random.integer(8), random.integer(8));
  },
};

const RECIPES: Readonly<Record<AugmentationName, AugmentationRecipe>> = {
  none: { name: 'none' },
  'hoam-v1': hoamV1,
  'polarity-v1': polarityV1,
  'polarity-v2': polarityV2,
};

export function augmentationRecipe(name: AugmentationName): AugmentationRecipe {
  return RECIPES[name];
}
