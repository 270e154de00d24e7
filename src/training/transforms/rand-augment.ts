import type { Random } from '../../common/index.js';
import {
  adjustBrightness,
  adjustContrast,
  adjustSaturation,
  adjustSharpness,
  autoContrast,
  equalize,
  posterize,
  solarize,
} from './colour.js';
import { rotateNearest, shearX, shearY, translate } from './geometry.js';
import type { RgbImage } from './rgb-image.js';

const MAGNITUDE_BINS = 31;

interface Operation {
  readonly signed: boolean;
  /** Strength at a share (0..1) of the largest magnitude, for a picture of that width and height. */
  readonly magnitude: (share: number, image: RgbImage) => number;
  readonly apply: (image: RgbImage, magnitude: number) => RgbImage;
}

const enhancement = (apply: (image: RgbImage, factor: number) => RgbImage): Operation => ({
  signed: true,
  magnitude: (share) => 0.9 * share,
  apply: (image, magnitude) => apply(image, 1 + magnitude),
});
const plain = (apply: (image: RgbImage) => RgbImage): Operation => ({ signed: false, magnitude: () => 0, apply });

/** torchvision's RandAugment space (Cubuk et al., 2020, arXiv 1909.13719), nearest neighbour, black fill. */
export const RAND_AUGMENT_OPERATIONS = {
  Identity: plain((image) => image),
  ShearX: { signed: true, magnitude: (share: number) => 0.3 * share, apply: shearX },
  ShearY: { signed: true, magnitude: (share: number) => 0.3 * share, apply: shearY },
  TranslateX: {
    signed: true,
    magnitude: (share: number, image: RgbImage) => (150 / 331) * image.widthPx * share,
    apply: (image: RgbImage, px: number) => translate(image, px, 0),
  },
  TranslateY: {
    signed: true,
    magnitude: (share: number, image: RgbImage) => (150 / 331) * image.heightPx * share,
    apply: (image: RgbImage, px: number) => translate(image, 0, px),
  },
  Rotate: { signed: true, magnitude: (share: number) => 30 * share, apply: rotateNearest },
  Brightness: enhancement(adjustBrightness),
  Color: enhancement(adjustSaturation),
  Contrast: enhancement(adjustContrast),
  Sharpness: enhancement(adjustSharpness),
  Posterize: { signed: false, magnitude: (share: number) => 8 - Math.round(4 * share), apply: posterize },
  Solarize: { signed: false, magnitude: (share: number) => 255 * (1 - share), apply: solarize },
  AutoContrast: plain(autoContrast),
  Equalize: plain(equalize),
} as const satisfies Record<string, Operation>;

export type RandAugmentName = keyof typeof RAND_AUGMENT_OPERATIONS;
const NAMES = Object.keys(RAND_AUGMENT_OPERATIONS) as RandAugmentName[];

/** One operation at magnitude bin `bin` of 31, with its sign. */
export function applyRandAugment(image: RgbImage, name: RandAugmentName, bin: number, sign: 1 | -1 = 1): RgbImage {
  const operation: Operation = RAND_AUGMENT_OPERATIONS[name];
  const magnitude = operation.magnitude(bin / (MAGNITUDE_BINS - 1), image);
  return operation.apply(image, operation.signed ? sign * magnitude : magnitude);
}

/** RandAugment(`operations`, `bin`): that many operations drawn with replacement, signs by a fair coin. */
export function randAugment(image: RgbImage, operations: number, bin: number, random: Random): RgbImage {
  let current = image;
  for (let i = 0; i < operations; i++) {
    const name = random.pick(NAMES);
    current = applyRandAugment(current, name, bin, random.next() < 0.5 ? 1 : -1);
  }
  return current;
}
