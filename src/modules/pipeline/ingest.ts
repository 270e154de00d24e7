import { badInput } from '../../common/index.js';
import {
  captureDay,
  inspectImages,
  scanInput,
  type ClassifiedImage,
  type ImageContent,
  type RejectedFile,
  type ScannedImage,
} from '../../dataset/index.js';
import type { MetadataSource } from '../metadata/index.js';
import type { AppConfig } from '../settings/app-settings.js';
import { inBatches } from './jsonl.js';

/** An input image whose name parsed and whose pixels decoded to the end. Plain JSON. */
export type ReadableImage = ScannedImage & ImageContent;

export type IngestEntry =
  | { readonly kind: 'image'; readonly image: ReadableImage }
  | { readonly kind: 'rejected'; readonly rejected: RejectedFile };

/** How many files there are, so that progress can be told. Fast, as no file is opened. */
export async function countInput(
  inputDir: string,
  { signal, maxImages }: { readonly signal: AbortSignal; readonly maxImages: number },
): Promise<number> {
  let count = 0;
  for await (const _entry of scanInput(inputDir, { signal }))
    if (++count > maxImages)
      throw badInput(
        'TOO_MANY_IMAGES',
        `${inputDir}: expected at most ${maxImages} files (limits.imagesPerTask), got more; split the folder or raise the limit.`,
        { inputDir, maxImages },
      );
  return count;
}

/** Every file of the input, decoded to its end or rejected with the reason. */
export async function* readImages(
  inputDir: string,
  limits: AppConfig['limits'],
  signal: AbortSignal,
): AsyncGenerator<IngestEntry> {
  const rejectedByName: RejectedFile[] = [];
  const parsed = async function* (): AsyncGenerator<ScannedImage> {
    for await (const entry of scanInput(inputDir, { signal }))
      if (entry.kind === 'image') yield entry.image;
      else rejectedByName.push(entry.rejected);
  };
  const decodeLimits = { maxPixels: limits.imageMegapixels * 1e6, maxFileBytes: limits.imageMiB * 1024 * 1024 };
  for await (const { file, result } of inspectImages(parsed(), { signal, limits: decodeLimits })) {
    for (const rejected of rejectedByName.splice(0)) yield { kind: 'rejected', rejected };
    if (result.ok) {
      yield { kind: 'image', image: { ...file, ...result.content } };
      continue;
    }
    const { code, reason } = result;
    yield { kind: 'rejected', rejected: { relativePath: file.relativePath, stage: 'image', code, reason } };
  }
  for (const rejected of rejectedByName.splice(0)) yield { kind: 'rejected', rejected };
}

export type ClassifiedEntry =
  | { readonly kind: 'image'; readonly image: ClassifiedImage }
  | { readonly kind: 'rejected'; readonly rejected: RejectedFile };

/** Images asked about in one call; the source makes its own, smaller queries of them. */
const LOOKUP_BATCH = 2000;

/** Names the product of every image, or rejects it because the metadata does not know it. */
export async function* classifyImages(
  images: AsyncIterable<ReadableImage>,
  source: MetadataSource,
  place: { readonly site: string; readonly lineId: string },
  signal: AbortSignal,
): AsyncGenerator<ClassifiedEntry> {
  for await (const batch of inBatches(images, LOOKUP_BATCH)) {
    signal.throwIfAborted();
    const answers = await source.findProducts(batch, { ...place, signal });
    for (const image of batch) {
      const answer = answers.get(image.fileName);
      if (answer?.kind === 'unclear') {
        const { code, reason } = answer;
        yield { kind: 'rejected', rejected: { relativePath: image.relativePath, stage: 'metadata', code, reason } };
        continue;
      }
      if (answer === undefined) {
        const reason = `no row of site ${place.site}, line ${place.lineId} on ${captureDay(image.name)} with this image path`;
        const { relativePath } = image;
        yield { kind: 'rejected', rejected: { relativePath, stage: 'metadata', code: 'noMetadata', reason } };
        continue;
      }
      const { component, light } = image.name;
      const classKey = { product: answer.product, component, light };
      const angle = answer.angleDeg === null ? {} : { angleDeg: answer.angleDeg };
      yield { kind: 'image', image: { ...image, classKey, ...angle } };
    }
  }
}
