import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type { HoamSpec } from '../../src/training/models/index.js';
import { decodeSafetensors, type StoredTensor } from '../../src/training/weights/index.js';
import { sharedPath } from './shared-data.js';

/** Names of the two quarter-width models with full vectors. */
export const MINI_MODELS = ['hoamv2_mini_rws', 'hoam_mini_tfb0'] as const;
export type MiniModelName = (typeof MINI_MODELS)[number];

export interface MiniConfig {
  readonly model: 'HOAM' | 'HOAMV2';
  readonly backbone: {
    readonly stem_out: number;
    readonly stem_class: 'Conv2d' | 'Conv2dSame';
    readonly bn_eps: number;
    readonly stages: readonly {
      readonly block: 'ConvBnAct' | 'EdgeResidual' | 'InvertedResidual';
      readonly stride: 1 | 2;
      readonly expand: number;
      readonly out: number;
      readonly repeats: number;
    }[];
  };
  readonly hidden_dim: number;
  readonly num_heads: number;
  readonly embedding_size: number;
  readonly image_size: number;
  readonly batch: number;
  readonly num_classes: number;
  readonly null_grad_params: readonly string[];
  readonly loss: {
    readonly subcenter_margin: number;
    readonly subcenter_scale: number;
    readonly sub_centers: number;
    readonly triplet_margin: number;
    readonly center_loss_weight: number;
  };
}

export function parityTensors(file: string): Map<string, StoredTensor> {
  const path = join(sharedPath('parity'), file);
  return decodeSafetensors(readFileSync(path), path).tensors;
}

export function parityJson<T>(file: string): T {
  return JSON.parse(readFileSync(join(sharedPath('parity'), file), 'utf8')) as T;
}

/** Our model specification of a `*.config.json`. */
export function miniSpec(config: MiniConfig, attention: HoamSpec['attention']): HoamSpec {
  const { backbone } = config;
  return {
    architecture: config.model,
    backbone: {
      stemChannels: backbone.stem_out,
      batchNormEps: backbone.bn_eps,
      padding: backbone.stem_class === 'Conv2dSame' ? 'same' : 'symmetric',
      defaultHiddenDim: config.hidden_dim,
      stages: backbone.stages.map(({ block, stride, expand, out, repeats }) => ({
        block,
        stride,
        expand,
        outChannels: out,
        repeats,
      })),
    },
    hiddenDim: config.hidden_dim,
    attentionHeads: config.num_heads,
    embeddingSize: config.embedding_size,
    attention,
  };
}

export function toTensor({ data, shape }: StoredTensor): tf.Tensor {
  return tf.tensor(data, [...shape]);
}

/** [batch, classes] of 0 and 1. */
export function oneHotRows(labels: readonly number[], classCount: number): tf.Tensor2D {
  return tf.tensor2d(labels.map((label) => Array.from({ length: classCount }, (_, c) => (c === label ? 1 : 0))));
}

/** ||actual - expected|| / ||expected|| over whole tensors. */
export function relativeL2(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new RangeError(`expected ${expected.length} values, got ${actual.length}`);
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    size += expected[i]! ** 2;
  }
  return Math.sqrt(difference) / Math.max(Math.sqrt(size), 1e-30);
}
