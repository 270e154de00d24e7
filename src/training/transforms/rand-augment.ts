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
import { TabledImage } from './tabled-image.js';

const MAGNITUDE_BINS = 31;

interface Operation {
  readonly signed: boolean;
  /** Strength at a share (0..1) of the largest magnitude, for a picture of that width and height. */
  readonly magnitude: (share: number, image: RgbImage) => number;
  readonly apply: (picture: TabledImage, magnitude: number) => TabledImage;
}

const enhancement = (apply: (picture: TabledImage, factor: number) => TabledImage): Operation => ({
  signed: true,
  magnitude: (share) => 0.9 * share,
  apply: (picture, magnitude) => apply(picture, 1 + magnitude),
});
const plain = (apply: (picture: TabledImage) => TabledImage): Operation => ({
  signed: false,
  magnitude: () => 0,
  apply,
});
const movement = (
  magnitude: Operation['magnitude'],
  move: (image: RgbImage, magnitude: number) => RgbImage,
): Operation => ({
  signed: true,
  magnitude,
  apply: (picture, amount) => new TabledImage(move(picture.image(), amount)),
});

/** torchvision's RandAugment space (Cubuk et al., 2020, arXiv 1909.13719), nearest neighbour, black fill. */
export const RAND_AUGMENT_OPERATIONS = {
  Identity: plain((picture) => picture),
  ShearX: movement((share) => 0.3 * share, shearX),
  ShearY: movement((share) => 0.3 * share, shearY),
  TranslateX: movement(
    (share, image) => (150 / 331) * image.widthPx * share,
    (image, px) => translate(image, px, 0),
  ),
  TranslateY: movement(
    (share, image) => (150 / 331) * image.heightPx * share,
    (image, px) => translate(image, 0, px),
  ),
  Rotate: movement((share) => 30 * share, rotateNearest),
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
export function applyRandAugment(
  picture: TabledImage,
  name: RandAugmentName,
  bin: number,
  sign: 1 | -1 = 1,
): TabledImage {
  const operation: Operation = RAND_AUGMENT_OPERATIONS[name];
  const magnitude = operation.magnitude(bin / (MAGNITUDE_BINS - 1), picture.raw);
  return operation.apply(picture, operation.signed ? sign * magnitude : magnitude);
}

/** RandAugment(`operations`, `bin`): that many operations drawn with replacement, signs by a fair coin. */
export function randAugment(picture: TabledImage, operations: number, bin: number, random: Random): TabledImage {
  let current = picture;
  for (let i = 0; i < operations; i++) {
    const name = random.pick(NAMES);
    current = applyRandAugment(current, name, bin, random.next() < 0.5 ? 1 : -1);
  }
  return current;
}
