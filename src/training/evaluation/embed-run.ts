import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AppError, sha256File, type StepContext } from '../../common/index.js';
import { RunFolder, type ManifestRow } from '../../dataset/index.js';
import type { Embedder } from '../embedder.js';
import type { EmbeddedImages } from '../golden-samples/index.js';
import { readSafetensors, writeSafetensors } from '../weights/index.js';

/** What evaluation needs from outside; tests put simpler parts in. */
export interface EvaluationParts {
  openEmbedder(onnxPath: string, options: { readonly threads: number }): Promise<Embedder>;
  embedImages(embedder: Embedder, absolutePaths: readonly string[], ctx: StepContext): Promise<Float32Array>;
}

export interface EmbeddingCost {
  /** Images that had to be embedded; the others came from the last evaluation of the same model. */
  readonly images: number;
  readonly seconds: number;
}

const TENSOR = 'embeddings';

/** The real parts: the exported file through ONNX Runtime, loaded when first needed. */
export async function realParts(): Promise<EvaluationParts> {
  const { createOnnxEmbedder } = await import('../engines/index.js');
  const { embedImages } = await import('../embedding/index.js');
  return {
    openEmbedder: createOnnxEmbedder,
    embedImages: (embedder, paths, ctx) => embedImages(embedder, paths, ctx),
  };
}

/**
 * Embeds the images of a run by its exported model, or reads what an earlier evaluation with the same
 * model file and the same images has left in `results/embeddings.safetensors`.
 */
export async function embedRun(
  runFolder: string,
  rows: readonly ManifestRow[],
  threads: number,
  parts: EvaluationParts,
  ctx: StepContext,
): Promise<{ images: EmbeddedImages; modelDigest: string; cost: EmbeddingCost }> {
  const folder = new RunFolder(runFolder);
  const modelDigest = await digestOfModel(folder.bestOnnx);
  const cachePath = join(folder.results, 'embeddings.safetensors');
  const key = { modelDigest, images: JSON.stringify(rows.map((row) => `${row.path} ${row.sourceDigest}`)) };
  const cached = await readCache(cachePath, key);
  if (cached !== null) {
    const images = { rows, embeddings: cached, dimension: cached.length / Math.max(1, rows.length) };
    return { images, modelDigest, cost: { images: 0, seconds: 0 } };
  }
  const since = performance.now();
  const embedder = await parts.openEmbedder(folder.bestOnnx, {
    threads: threads > 0 ? threads : availableParallelism(),
  });
  try {
    const paths = rows.map((row) => folder.path(...row.path.split('/')));
    const embeddings = await parts.embedImages(embedder, paths, ctx);
    const images = { rows, embeddings, dimension: embedder.embeddingSize };
    await writeSafetensors(
      cachePath,
      new Map([[TENSOR, { shape: [rows.length, embedder.embeddingSize], data: embeddings }]]),
      key,
    );
    return { images, modelDigest, cost: { images: rows.length, seconds: (performance.now() - since) / 1000 } };
  } finally {
    await embedder.dispose();
  }
}

export async function digestOfModel(path: string): Promise<string> {
  try {
    return await sha256File(path);
  } catch (error) {
    throw new AppError(
      'badInput',
      'MODEL_MISSING',
      `${path}: expected the exported model, but it cannot be read; train the run first`,
      { path },
      { cause: error },
    );
  }
}

async function readCache(path: string, key: Readonly<Record<string, string>>): Promise<Float32Array | null> {
  try {
    const { tensors, metadata } = await readSafetensors(path);
    const same = Object.entries(key).every(([name, value]) => metadata[name] === value);
    return same ? (tensors.get(TENSOR)?.data ?? null) : null;
  } catch {
    // Absent or damaged: it is only a cache, the images are embedded again.
    return null;
  }
}
