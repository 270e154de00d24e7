import { beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  MINI_MODELS,
  miniSpec,
  oneHotRows,
  parityJson,
  parityTensors,
  relativeL2,
  toTensor,
  type MiniConfig,
} from '../../../test/support/parity.js';
import { describeWithShared } from '../../../test/support/shared-data.js';
import { trainConfigSchema } from '../config.js';
import '../kernels/index.js';
import { buildLoss, ORIGINAL_MARGIN_RAD } from '../losses/index.js';
import { buildHoam, type HoamSpec } from './index.js';

const FORWARD_TOLERANCE = 1e-4;
const GRADIENT_TOLERANCE = 1e-3;

describeWithShared('mini models equal the original PyTorch models', 'parity/manifest.json', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await tf.ready();
  });

  function setUp(name: string, attention: HoamSpec['attention']) {
    const config = parityJson<MiniConfig>(`${name}.config.json`);
    const model = buildHoam(miniSpec(config, attention));
    const loss = buildLoss(
      { ...trainConfigSchema.parse({}).loss, name: 'HybridMargin' },
      config.num_classes,
      config.embedding_size,
    );
    const weights = parityTensors(`${name}.weights.safetensors`);
    const io = parityTensors(`${name}.io.safetensors`);
    const tensorsOf = (specs: readonly { name: string }[]): Map<string, tf.Tensor> =>
      new Map(specs.map((spec) => [spec.name, toTensor(weights.get(spec.name)!)]));
    return {
      config,
      model,
      loss,
      weights,
      io,
      images: toTensor(io.get('x')!) as tf.Tensor4D,
      oneHot: oneHotRows([...io.get('y')!.data], config.num_classes),
      buffers: tensorsOf(model.buffers),
      parameters: tensorsOf([...model.parameters, ...loss.parameters]),
    };
  }

  it.each(MINI_MODELS)('%s has the parameters and buffers of PyTorch, by name and shape', (name) => {
    const { model, loss, weights, config } = setUp(name, 'pooled');
    const ours = [...model.parameters, ...model.buffers, ...loss.parameters].map(
      (s) => `${s.name} ${s.shape.join('x')}`,
    );
    const theirs = [...weights].filter(([key]) => !key.endsWith('num_batches_tracked'));
    expect(ours.sort()).toEqual(theirs.map(([key, { shape }]) => `${key} ${shape.join('x')}`).sort());
    const count = (specs: readonly { shape: readonly number[] }[]): number =>
      specs.reduce((total, { shape }) => total + shape.reduce((a, b) => a * b, 1), 0);
    const expected = parityJson<{ params_model: number; params_criterion: number }>(`${name}.config.json`);
    expect([count(model.parameters), count(loss.parameters)]).toEqual([
      expected.params_model,
      expected.params_criterion,
    ]);
    expect(model.embeddingSize).toBe(config.embedding_size);
  });

  const forms = MINI_MODELS.flatMap((name) => (['pooled', 'textbook'] as const).map((form) => [name, form] as const));

  it.each(forms)('%s, %s attention: evaluation embeddings and features', (name, form) => {
    tf.tidy(() => {
      const { model, images, parameters, buffers, io } = setUp(name, form);
      const { embedding, updatedBuffers, trace } = model.forward({
        images,
        parameters,
        buffers,
        training: false,
        collectTrace: true,
      });
      expect(relativeL2(embedding.dataSync(), io.get('f64.eval.embedding')!.data64!)).toBeLessThan(FORWARD_TOLERANCE);
      expect(updatedBuffers.size).toBe(0);
      const lastBlocks = ['blocks.0', 'blocks.1', 'blocks.2', 'blocks.4', 'blocks.5'].map((stage) =>
        [...trace.keys()].filter((key) => key.startsWith(`backbone.${stage}.`)).at(-1),
      );
      lastBlocks.forEach((key, i) => {
        const expected = io.get(`eval.features.${i}`)!;
        expect(trace.get(key!)!.shape).toEqual(expected.shape);
        expect(relativeL2(trace.get(key!)!.dataSync(), expected.data)).toBeLessThan(FORWARD_TOLERANCE);
      });
    });
  });

  it.each(forms)('%s, %s attention: training forward, block by block', (name, form) => {
    tf.tidy(() => {
      const { model, images, parameters, buffers, io } = setUp(name, form);
      const expected = parityTensors(`${name}.trace.safetensors`);
      const { embedding, trace } = model.forward({ images, parameters, buffers, training: true, collectTrace: true });
      expect(relativeL2(embedding.dataSync(), io.get('f64.train.embedding')!.data64!)).toBeLessThan(FORWARD_TOLERANCE);
      const perPosition = ['local_branch_attention', 'orthogonal_fusion'];
      const names = [...expected.keys()].filter((key) => form === 'textbook' || !perPosition.includes(key));
      for (const key of names) {
        const reference = expected.get(key)!;
        const ours = trace.get(key);
        if (ours === undefined) throw new Error(`nothing recorded as ${key}`);
        // Four-dimensional activations are stored for the first sample only.
        const values = ours.dataSync().slice(0, reference.data.length);
        expect([key, relativeL2(values, reference.data) < FORWARD_TOLERANCE]).toEqual([key, true]);
      }
    });
  });

  it.each(MINI_MODELS)('%s: running statistics after one training forward', (name) => {
    tf.tidy(() => {
      const { model, images, parameters, buffers } = setUp(name, 'pooled');
      const expected = parityTensors(`${name}.adamw3.safetensors`);
      const { updatedBuffers } = model.forward({ images, parameters, buffers, training: true });
      const stepOne = [...expected.keys()].filter((key) => key.startsWith('buf64_step1.'));
      expect(stepOne.length).toBeGreaterThan(0);
      for (const key of stepOne) {
        const actual = updatedBuffers.get(key.slice('buf64_step1.'.length))!;
        expect(relativeL2(actual.dataSync(), expected.get(key)!.data)).toBeLessThan(FORWARD_TOLERANCE);
      }
      expect([...updatedBuffers.keys()].sort()).toEqual(model.buffers.map((b) => b.name).sort());
    });
  });

  it.each(MINI_MODELS)('%s: losses and the gradient of every parameter', (name) => {
    tf.tidy(() => {
      const { config, model, loss, images, oneHot, parameters, buffers, io } = setUp(name, 'pooled');
      const expected = parityTensors(`${name}.grads.safetensors`);
      const names = [...parameters.keys()];
      let parts: number[] = [];
      const f = (...tensors: tf.Tensor[]): tf.Scalar => {
        const current = new Map(names.map((key, i) => [key, tensors[i]!]));
        const { embedding } = model.forward({ images, parameters: current, buffers, training: true });
        const losses = loss.compute({
          embedding,
          oneHot,
          marginRad: tf.scalar(ORIGINAL_MARGIN_RAD),
          parameters: current,
        });
        // Read here: tfjs disposes what the function leaves behind.
        parts = [losses.arcface, losses.triplet, losses.center].map((x) => x.dataSync()[0]!);
        return losses.total;
      };
      const { value, grads } = tf.valueAndGrads(f)([...parameters.values()]);
      expect(relativeL2(parts, io.get('f64.loss.arc_triplet_center')!.data64!)).toBeLessThan(FORWARD_TOLERANCE);
      const firstLoss = io.get('f64.loss.steps')!.data64![0]!;
      expect(Math.abs(value.dataSync()[0]! - firstLoss) / firstLoss).toBeLessThan(FORWARD_TOLERANCE);

      const skipped = new Set(config.null_grad_params);
      const wrong = names.flatMap((key, i) => {
        if (skipped.has(key)) return [];
        const error = relativeL2(grads[i]!.dataSync(), expected.get(`f64.${key}`)!.data);
        return error < GRADIENT_TOLERANCE ? [] : [`${key}: ${error}`];
      });
      expect(wrong).toEqual([]);
    });
  });
});
