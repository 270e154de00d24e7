import { Random } from '../../common/index.js';
import {
  augmentationRecipe,
  decodeTrainingImage,
  resizeBilinear,
  writePlanes,
  type AugmentationName,
  type AugmentationRecipe,
  type RgbImage,
} from '../transforms/index.js';
import { SharedImageCache, type SharedImageCacheMemory } from './image-cache.js';

/** One picture of a batch; `randomKey` alone decides how it is varied, whichever thread does it. */
export interface BatchItem {
  readonly image: number;
  readonly randomKey: string;
}

export interface BatchRequest {
  readonly items: readonly BatchItem[];
  readonly augmentation: AugmentationName;
}

/** What a loader needs to know; plain data, so that it can be sent to a thread. */
export interface LoaderSpec {
  /** Absolute paths; a `BatchItem.image` is an index into them. */
  readonly files: readonly string[];
  readonly imageSizePx: number;
  /** The cache holds pictures in their own size (a recipe works before resizing) or resized ones. */
  readonly cachesOriginals: boolean;
  readonly cache: SharedImageCacheMemory;
}

/** Decodes, augments and stacks pictures: [items, 3, size, size] float32 RGB in [0, 1]. */
export class BatchLoader {
  private readonly cache: SharedImageCache;

  constructor(private readonly spec: LoaderSpec) {
    this.cache = new SharedImageCache(spec.cache);
  }

  /** @throws AppError `IMAGE_UNREADABLE` naming the file. */
  async load({ items, augmentation }: BatchRequest): Promise<Float32Array> {
    const recipe = augmentationRecipe(augmentation);
    const planeValues = 3 * this.spec.imageSizePx ** 2;
    const images = new Float32Array(items.length * planeValues);
    await Promise.all(
      items.map(async ({ image, randomKey }, i) => {
        const picture = await this.picture(image);
        writePlanes(this.vary(picture, recipe, randomKey), images, i * planeValues);
      }),
    );
    return images;
  }

  private async picture(image: number): Promise<RgbImage> {
    const cached = this.cache.get(image);
    if (cached !== undefined) return cached;
    const decoded = await decodeTrainingImage(this.spec.files[image]!);
    const kept = this.spec.cachesOriginals ? decoded : resizeBilinear(decoded, this.spec.imageSizePx);
    this.cache.put(image, kept);
    return kept;
  }

  private vary(picture: RgbImage, recipe: AugmentationRecipe, randomKey: string): RgbImage {
    if (recipe.beforeResize === undefined && recipe.afterResize === undefined)
      return resizeBilinear(picture, this.spec.imageSizePx);
    const random = new Random(randomKey);
    const varied = recipe.beforeResize?.(picture, random) ?? picture;
    const resized = resizeBilinear(varied, this.spec.imageSizePx);
    return recipe.afterResize?.(resized, random) ?? resized;
  }
}
