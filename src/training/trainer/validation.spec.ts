import { describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import type { ManifestRow } from '../../dataset/index.js';
import { trainConfigSchema } from '../config.js';
import type { TrainingData } from './training-data.js';
import { detailedFigures, overallFigures } from './validation.js';

const DIMENSION = 4;
const signal = new AbortController().signal;

describe('validation figures', () => {
  it('take the loss at the final margin, over all pictures, as a direct evaluation gives it', async () => {
    const data = dataOf(70);
    const random = new Random(3);
    const embeddings = Float32Array.from({ length: 70 * DIMENSION }, () => random.normal());
    const weights = Float32Array.from({ length: DIMENSION * 2 }, () => random.normal());
    const config = trainConfigSchema.parse({ loss: { name: 'ArcFace', subCenters: 1, marginRad: 0.3 } }).loss;
    const criterion = new Map([['criterion.W', { shape: [DIMENSION, 2], data: weights }]]);
    const figures = await overallFigures(embeddings, data, { config, criterion, seed: 1 }, signal);
    expect(figures.loss).toBeCloseTo(directArcFace(embeddings, weights, data.labels, 0.3, config.scale), 4);
  });

  it('leave the own source out of a gallery, and tell originals and turned copies apart', async () => {
    // Four sources on two labels, each with an original and a turned copy that embeds alike.
    const vectors = [
      [1, 0, 0, 0],
      [0.9, 0.1, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
    ];
    const rows = vectors.flatMap((_, source) =>
      [0, 90].map(
        (rotationCwDeg) => ({ groupId: `g${source}`, rotationCwDeg, label: source < 2 ? 'Up' : 'Down' }) as ManifestRow,
      ),
    );
    const data = withRows(rows);
    const embeddings = Float32Array.from(vectors.flatMap((vector) => [...vector, ...vector]));
    const config = trainConfigSchema.parse({ loss: { name: 'ArcFace', subCenters: 1 } }).loss;
    const criterion = new Map([['criterion.W', { shape: [DIMENSION, 2], data: new Float32Array(8).fill(1) }]]);
    const overall = await overallFigures(embeddings, data, { config, criterion, seed: 1 }, signal);
    const figures = await detailedFigures(overall, embeddings, data, signal);
    // Of the four Up pictures each finds its partner first; of the Down ones, one pair is nearer to Up, one is a tie
    // at a right angle. Had a picture's own copy been in its gallery, all would be 1.
    expect(figures.precisionAt1).toBeGreaterThanOrEqual(0.5);
    expect(figures.precisionAt1).toBeLessThan(1);
    expect(figures.precisionAt1Originals).toBeLessThan(1);
    expect(figures.precisionAt1Rotated).toBe(figures.precisionAt1Originals);
  });
});

function dataOf(count: number): TrainingData {
  return withRows(
    Array.from(
      { length: count },
      (_, i) => ({ groupId: `g${i}`, rotationCwDeg: 0, label: i % 3 === 0 ? 'Up' : 'Down' }) as ManifestRow,
    ),
  );
}

function withRows(rows: ManifestRow[]): TrainingData {
  return {
    classes: ['Down', 'Up'],
    rows,
    files: [],
    labels: Int32Array.from(rows, ({ label }) => ['Down', 'Up'].indexOf(label)),
    trainCount: 0,
    digest: '',
    normalisation: { mean: [0, 0, 0], std: [1, 1, 1] },
  };
}

function directArcFace(
  embeddings: Float32Array,
  weights: Float32Array,
  labels: Int32Array,
  marginRad: number,
  scale: number,
): number {
  const cosine = (row: number, column: number): number => {
    let [dot, a, b] = [0, 0, 0];
    for (let k = 0; k < DIMENSION; k++) {
      const [e, w] = [embeddings[row * DIMENSION + k]!, weights[k * 2 + column]!];
      dot += e * w;
      a += e * e;
      b += w * w;
    }
    return dot / Math.sqrt(a * b);
  };
  let sum = 0;
  labels.forEach((label, row) => {
    const logits = [0, 1].map((column) => {
      const theta = Math.acos(cosine(row, column));
      if (column !== label) return scale * Math.cos(theta);
      return (
        scale *
        (theta <= Math.PI - marginRad ? Math.cos(theta + marginRad) : Math.cos(theta) - marginRad * Math.sin(marginRad))
      );
    });
    sum += Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0)) - logits[label]!;
  });
  return sum / labels.length;
}
