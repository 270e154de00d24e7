import { cosine, embeddingOf, type EmbeddedImages } from './embedded-images.js';
import type { GoldenHealth } from './golden-set.js';
import { quantileSorted } from '../metrics/index.js';

export interface HealthInputs {
  readonly embedding: Float32Array;
  /** The images it stands for, without itself and its source's copies. */
  readonly members: EmbeddedImages;
  /** Good images of the same class key in other orientations, or of other class keys when it has one only. */
  readonly others: EmbeddedImages;
  readonly ng: EmbeddedImages;
}

/** How well a golden sample tells its own from others: similarities and the margins between them. */
export function assessHealth({ embedding, members, others, ng }: HealthInputs): GoldenHealth {
  const own = similarities(embedding, members).sort();
  const ownSimilarity = own.length === 0 ? null : quantileSorted(own, 0.1);
  const nearestOther = maximum(similarities(embedding, others));
  const nearestNg = maximum(similarities(embedding, ng));
  const marginToOther = difference(ownSimilarity, nearestOther);
  const marginToNg = difference(ownSimilarity, nearestNg);
  const margins = [marginToOther, marginToNg].filter((margin) => margin !== null);
  const status = margins.length === 0 ? 'unknown' : Math.min(...margins) > 0 ? 'good' : 'weak';
  return {
    ownSimilarity,
    nearestOther,
    nearestNg,
    marginToOther,
    marginToNg,
    status,
    note: noteFor(own.length, marginToOther, marginToNg),
  };
}

function noteFor(members: number, marginToOther: number | null, marginToNg: number | null): string {
  if (members === 0) return 'the only image of its class and orientation: its spread is not known';
  const parts: string[] = [];
  if (marginToOther !== null && marginToOther <= 0)
    parts.push('an image of another class or orientation is as similar as its own');
  if (marginToNg !== null && marginToNg <= 0) parts.push('an NG image is as similar as its own');
  if (marginToNg === null) parts.push('no NG image to compare with');
  return parts.join('; ') || 'its own images are more similar than any other';
}

function similarities(embedding: Float32Array, images: EmbeddedImages): Float64Array {
  return Float64Array.from(images.rows, (_, i) => cosine(embedding, embeddingOf(images, i)));
}

function maximum(values: Float64Array): number | null {
  return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}
