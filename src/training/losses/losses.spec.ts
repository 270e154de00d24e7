import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { oneHotRows, parityTensors, relativeL2, toTensor } from '../../../test/support/parity.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { Random } from '../../common/index.js';
import { trainConfigSchema, type LossConfig } from '../config.js';
import '../kernels/index.js';
import { arcFace, batchHardTriplet, buildLoss, centerLoss, marginAtEpoch, ORIGINAL_MARGIN_RAD } from './index.js';
import { toUnitLength } from './normalise.js';

const degrees = (value: number): number => (value * Math.PI) / 180;
const lossConfig = (changes: Partial<LossConfig> = {}): LossConfig => ({
  ...trainConfigSchema.parse({}).loss,
  ...changes,
});

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

describeWithShared('losses equal pytorch-metric-learning', 'parity/losses.safetensors', () => {
  let vectors: ReturnType<typeof parityTensors>;
  let oneHot: tf.Tensor2D;
  const tensorOf = (name: string): tf.Tensor => toTensor(vectors.get(name)!);
  const labels = (name = 'y'): number[] => [...vectors.get(name)!.data];
  beforeAll(() => {
    vectors = parityTensors('losses.safetensors');
    oneHot = oneHotRows(labels(), 5);
  });

  /** Compares value and gradients of `f` with the double-precision vectors under `name`. */
  function expectParity(
    name: string,
    gradientNames: string[],
    f: (...xs: tf.Tensor[]) => tf.Scalar,
    inputs: tf.Tensor[],
  ) {
    const { value, grads } = tf.valueAndGrads(f)(inputs);
    const expected = vectors.get(`${name}.f64.value`)!.data64!;
    expect(Math.abs(value.dataSync()[0]! - expected[0]!)).toBeLessThanOrEqual(
      1e-4 * Math.max(1, Math.abs(expected[0]!)),
    );
    gradientNames.forEach((gradientName, i) => {
      const reference = vectors.get(`${name}.f64.grad.${gradientName}`)!.data64!;
      const gradient = grads[i]!.dataSync();
      if (reference.every((x) => x === 0)) expect([...gradient].every((x) => x === 0)).toBe(true);
      else expect(relativeL2(gradient, reference)).toBeLessThan(1e-3);
    });
  }

  it.each([
    ['subarc_m0deg_s30', 0, 30],
    ['subarc_m0.4deg_s30', 0.4, 30],
    ['subarc_m22.918deg_s30', 22.918311805232932, 30],
    ['subarc_m28.6deg_s64', 28.6, 64],
  ])('sub-center ArcFace %s', (name, marginDegrees, scale) => {
    const loss = buildLoss(lossConfig({ name: 'SubCenterArcFace', scale, subCenters: 3 }), 5, 8);
    const f = (embedding: tf.Tensor, weights: tf.Tensor): tf.Scalar =>
      loss.compute({
        embedding: embedding as tf.Tensor2D,
        oneHot,
        marginRad: tf.scalar(degrees(marginDegrees)),
        parameters: new Map([['criterion.W', weights]]),
      }).total;
    expectParity(name, ['E', 'W'], f, [tensorOf('E'), tensorOf('W')]);
  });

  it('plain ArcFace', () => {
    const everyThird = tf.gather(tensorOf('W'), [0, 3, 6, 9, 12], 1);
    const loss = buildLoss(lossConfig({ name: 'ArcFace', scale: 64 }), 5, 8);
    const f = (embedding: tf.Tensor, weights: tf.Tensor): tf.Scalar =>
      loss.compute({
        embedding: embedding as tf.Tensor2D,
        oneHot,
        marginRad: tf.scalar(degrees(28.6)),
        parameters: new Map([['criterion.W', weights]]),
      }).total;
    expectParity('arcface_m28.6deg_s64', ['E', 'W'], f, [tensorOf('E'), everyThird]);
  });

  it.each([
    ['triplet_hard_m0.3', 0.3],
    ['triplet_hard_all_satisfied_m-3', -3],
    ['triplet_single_class', 0.3],
  ])('batch-hard triplet %s', (name, margin) => {
    const classes = name === 'triplet_single_class' ? labels().map(() => 0) : labels();
    const f = (embedding: tf.Tensor): tf.Scalar =>
      batchHardTriplet(toUnitLength(embedding as tf.Tensor2D, 1), oneHotRows(classes, 5), margin);
    expectParity(name, ['E'], f, [tensorOf('E')]);
  });

  it('center loss', () => {
    const f = (embedding: tf.Tensor, centers: tf.Tensor): tf.Scalar =>
      centerLoss(toUnitLength(embedding as tf.Tensor2D, 1), oneHot, centers as tf.Tensor2D);
    expectParity('center_mse', ['E', 'C'], f, [tensorOf('E'), tensorOf('C')]);
  });

  it.each([
    ['hybrid_16', 'E', 'y', ORIGINAL_MARGIN_RAD],
    ['hybrid_16_rad0.4', 'E', 'y', 0.4],
    ['hybrid_32', 'E32', 'y32', ORIGINAL_MARGIN_RAD],
  ])('hybrid margin %s', (name, embeddings, labelsName, marginRad) => {
    const loss = buildLoss(lossConfig({ name: 'HybridMargin' }), 5, 8);
    const f = (embedding: tf.Tensor, weights: tf.Tensor, centers: tf.Tensor): tf.Scalar =>
      loss.compute({
        embedding: embedding as tf.Tensor2D,
        oneHot: oneHotRows(labels(labelsName), 5),
        marginRad: tf.scalar(marginRad),
        parameters: new Map([
          ['criterion.subcenter_arcface.W', weights],
          ['criterion.center_loss_centers', centers],
        ]),
      }).total;
    expectParity(name, ['E', 'W', 'C'], f, [tensorOf(embeddings), tensorOf('W'), tensorOf('C')]);
  });
});

describe('losses', () => {
  const random = new Random('losses');
  const matrix = (rows: number, columns: number): tf.Tensor2D =>
    tf.tensor2d(
      Float32Array.from({ length: rows * columns }, () => random.normal()),
      [rows, columns],
    );

  it('stay finite, value and gradient, with an embedding exactly on, or opposite to, its class weight', () => {
    const weights = tf.tensor2d([1, 0, 0, 1], [2, 2]);
    const unitEmbedding = tf.tensor2d([1, 0, 0, -1], [2, 2]);
    const f = (embedding: tf.Tensor, w: tf.Tensor): tf.Scalar =>
      arcFace({
        unitEmbedding: toUnitLength(embedding as tf.Tensor2D, 1),
        weights: w as tf.Tensor2D,
        oneHot: oneHotRows([0, 1], 2),
        marginRad: tf.scalar(0.5),
        scale: 30,
        subCenters: 1,
      });
    const { value, grads } = tf.valueAndGrads(f)([unitEmbedding, weights]);
    expect(value.dataSync().every(Number.isFinite)).toBe(true);
    for (const gradient of grads) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('triplet gives no NaN for identical images, of one class or of two', () => {
    const twice = tf.tile(tf.concat2d([matrix(1, 8), matrix(1, 8)], 0), [2, 1]);
    for (const classes of [
      [0, 1, 0, 1],
      [0, 1, 1, 0],
    ]) {
      const f = (e: tf.Tensor): tf.Scalar =>
        batchHardTriplet(toUnitLength(e as tf.Tensor2D, 1), oneHotRows(classes, 2), 0.3);
      const { value, grads } = tf.valueAndGrads(f)([twice]);
      expect(Number.isFinite(value.dataSync()[0])).toBe(true);
      expect(grads[0]!.dataSync().every(Number.isFinite)).toBe(true);
    }
  });

  it('triplet equals a plain recomputation over all triplets, for any labels', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 9 }), (classes) => {
        const unit = toUnitLength(matrix(classes.length, 6), 1);
        const rows = unit.arraySync();
        const distance = (i: number, j: number): number => Math.hypot(...rows[i]!.map((x, d) => x - rows[j]![d]!));
        const violations = classes.flatMap((own, i) => {
          const others = classes.map((_, j) => j).filter((j) => j !== i);
          const positives = others.filter((j) => classes[j] === own).map((j) => distance(i, j));
          const negatives = others.filter((j) => classes[j] !== own).map((j) => distance(i, j));
          if (positives.length === 0 || negatives.length === 0) return [];
          return [Math.max(...positives) - Math.min(...negatives) + 0.3];
        });
        const unsatisfied = violations.filter((v) => v > 0);
        const expected = unsatisfied.reduce((a, b) => a + b, 0) / Math.max(1, unsatisfied.length);
        const actual = batchHardTriplet(unit, oneHotRows(classes, 4), 0.3).dataSync()[0]!;
        expect(Math.abs(actual - expected)).toBeLessThan(1e-4);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('a larger margin never makes the ArcFace loss smaller', () => {
    const [unitEmbedding, weights] = [toUnitLength(matrix(6, 8), 1), matrix(8, 9)];
    const oneHot = oneHotRows([0, 1, 2, 0, 1, 2], 3);
    const at = (margin: number): number =>
      arcFace({
        unitEmbedding,
        weights,
        oneHot,
        marginRad: tf.scalar(margin),
        scale: 30,
        subCenters: 3,
      }).dataSync()[0]!;
    const values = [0, 0.1, 0.2, 0.4, 0.8].map(at);
    expect(values).toEqual([...values].sort((a, b) => a - b));
  });

  it('reports 0 for the parts a loss lacks', () => {
    const loss = buildLoss(lossConfig({ name: 'ArcFace' }), 3, 4);
    expect(loss.parameters.map(({ name, shape }) => [name, shape])).toEqual([['criterion.W', [4, 3]]]);
    const out = loss.compute({
      embedding: matrix(2, 4),
      oneHot: oneHotRows([0, 1], 3),
      marginRad: tf.scalar(0.1),
      parameters: new Map([['criterion.W', matrix(4, 3)]]),
    });
    expect([out.triplet.dataSync()[0], out.center.dataSync()[0]]).toEqual([0, 0]);
    expect(out.total.dataSync()[0]).toBe(out.arcface.dataSync()[0]);
  });
});

describe('margin schedule', () => {
  it('rises linearly over the warm-up epochs and stays', () => {
    const config = { marginPreset: 'radians', marginRad: 0.4, marginWarmupEpochs: 4 } as const;
    expect([0, 1, 2, 3, 4, 9].map((epoch) => marginAtEpoch(config, epoch))).toEqual([
      0,
      0.1,
      0.2,
      expect.closeTo(0.3, 10),
      0.4,
      0.4,
    ]);
  });

  it('is in force at once without warm-up, and 0.4 degrees in the original preset', () => {
    expect(marginAtEpoch({ marginPreset: 'radians', marginRad: 0.5, marginWarmupEpochs: 0 }, 0)).toBe(0.5);
    expect(marginAtEpoch({ marginPreset: 'original', marginRad: 0.5, marginWarmupEpochs: 5 }, 0)).toBeCloseTo(
      0.00698,
      5,
    );
  });
});
