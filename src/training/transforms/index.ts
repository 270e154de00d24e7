export { decodeToPlanes, decodeTrainingImage } from './decode.js';
export { normalisePlanes, toPlanes, writePlanes } from './planes.js';
export { applyRandAugment, RAND_AUGMENT_OPERATIONS, randAugment, type RandAugmentName } from './rand-augment.js';
export { augmentationRecipe, type AugmentationName, type AugmentationRecipe } from './recipes.js';
export { resizeBilinear } from './resize.js';
export { newImage, type RgbImage } from './rgb-image.js';
