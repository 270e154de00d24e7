import {
  inspectImages,
  scanInput,
  type ClassifiedImage,
  type ImageContent,
  type RejectedFile,
  type ScannedImage,
} from '../../dataset/index.js';
import type { MetadataSource } from '../metadata/index.js';

/** An input image whose name parsed and whose pixels decoded to the end. Plain JSON. */
export type ReadableImage = ScannedImage & ImageContent;

export type IngestEntry<T> =
  | { readonly kind: 'image'; readonly image: T }
  | { readonly kind: 'rejected'; readonly rejected: RejectedFile };

export interface ReadOptions {
  readonly signal: AbortSignal;
  readonly imageMegapixels: number;
  readonly imageMiB: number;
  /** Refuses inputs with more files than this. */
  readonly maxImages: number;
}

/** Names only: how many files there are, so that progress can be told. Fast, as no file is opened. */
export async function countInput(inputDir: string, signal: AbortSignal): Promise<number> {
  let count = 0;
  for await (const _entry of scanInput(inputDir, { signal })) count++;
  return count;
}

/** Every file of the input, decoded to its end or rejected with the reason. */
export async function* readImages(inputDir: string, options: ReadOptions): AsyncGenerator<IngestEntry<ReadableImage>> {
  const { signal } = options;
  const rejectedByName: RejectedFile[] = [];
  const parsed = async function* (): AsyncGenerator<ScannedImage> {
    for await (const entry of scanInput(inputDir, { signal }))
      if (entry.kind === 'image') yield entry.image;
      else rejectedByName.push(entry.rejected);
  };
  const limits = { maxPixels: options.imageMegapixels * 1e6, maxBytes: options.imageMiB * 1024 * 1024 };
  for await (const { file, result } of inspectImages(parsed(), { signal, limits })) {
    for (const rejected of rejectedByName.splice(0)) yield { kind: 'rejected', rejected };
    if (result.ok) yield { kind: 'image', image: { ...file, ...result.content } };
    else
      yield {
        kind: 'rejected',
        rejected: { relativePath: file.relativePath, stage: 'image', code: result.code, reason: result.reason },
      };
  }
  for (const rejected of rejectedByName.splice(0)) yield { kind: 'rejected', rejected };
}
