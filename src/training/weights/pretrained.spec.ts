import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Random } from '../../common/index.js';
import { trainConfigSchema } from '../config.js';
import { buildModel, type ModelDefinition } from '../models/index.js';
import { loadPretrained, writeSafetensors, type WritableTensors } from './index.js';

const modelOf = (embeddingSize: number): ModelDefinition =>
  buildModel(trainConfigSchema.parse({ model: { backbone: 'tiny', embeddingSize } }).model);

type Tensors = Map<string, { shape: readonly number[]; data: Float32Array }>;

/** Random values for all that a model owns, under its own names. */
function valuesOf(model: ModelDefinition): Tensors {
  const random = new Random('pretrained');
  return new Map(
    [...model.parameters, ...model.buffers].map(({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return [name, { shape, data: Float32Array.from({ length: size }, () => random.normal()) }];
    }),
  );
}

const renamed = (tensors: Tensors, rename: (name: string) => string | null): Tensors =>
  new Map(
    [...tensors].flatMap(([name, tensor]) => {
      const key = rename(name);
      return key === null ? [] : [[key, tensor] as const];
    }),
  );

describe('pretrained weights', () => {
  const model = modelOf(16);
  const all = valuesOf(model);
  const backboneOnly = renamed(all, (name) =>
    name.startsWith('model.backbone.') ? name.slice('model.backbone.'.length) : null,
  );
  const scalar = { shape: [], data: Float32Array.of(7) };
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pretrained-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function stored(tensors: WritableTensors): Promise<string> {
    const path = join(folder, 'weights.safetensors');
    await writeSafetensors(path, tensors);
    return path;
  }

  it('loads a whole HOAM model, with or without the prefix, and leaves the criterion aside', async () => {
    const extra: Tensors = new Map([
      ['criterion.W', { shape: [2], data: new Float32Array(2) }],
      ['model.head.4.num_batches_tracked', scalar],
    ]);
    for (const tensors of [new Map([...all, ...extra]), renamed(all, (name) => name.replace(/^model\./, ''))]) {
      const weights = await loadPretrained(await stored(tensors), model);
      expect(weights.source).toBe('HOAM');
      expect(weights.missing).toEqual([]);
      expect(weights.loaded).toHaveLength(all.size);
      expect(weights.unused).toHaveLength(tensors.size - all.size);
      for (const { name } of model.parameters) expect(weights.parameters.get(name)).toEqual(all.get(name));
      for (const { name } of model.buffers) expect(weights.buffers.get(name)).toEqual(all.get(name));
    }
  });

  it("loads a timm backbone, drops its classifier, and names the head's parameters as missing", async () => {
    const timm: Tensors = new Map([
      ...backboneOnly,
      ['conv_head.weight', { shape: [4, 80, 1, 1], data: new Float32Array(320) }],
      ['bn2.weight', { shape: [4], data: new Float32Array(4) }],
      ['classifier.bias', { shape: [10], data: new Float32Array(10) }],
      ['bn1.num_batches_tracked', scalar],
    ]);
    const weights = await loadPretrained(await stored(timm), model);
    expect(weights.source).toBe('timm');
    expect(weights.loaded).toHaveLength(backboneOnly.size);
    expect(weights.missing).toContain('model.head.2.weight');
    expect(weights.missing.filter((name) => name.includes('backbone'))).toEqual([]);
    expect([...weights.unused].sort()).toEqual(
      ['bn1.num_batches_tracked', 'bn2.weight', 'classifier.bias', 'conv_head.weight'].sort(),
    );
  });

  const without = (tensors: Tensors, name: string): Tensors => renamed(tensors, (key) => (key === name ? null : key));
  it.each<[string, Tensors, RegExp]>([
    [
      'another embedding size',
      valuesOf(modelOf(24)),
      /of another shape \(.*model\.head\.2\.bias \[24\] instead of \[16\].*model\.embeddingSize/,
    ],
    ['a backbone with a hole', without(backboneOnly, 'bn1.weight'), /1 missing \(model\.backbone\.bn1\.weight\)/],
    ['a model without its head', without(all, 'model.head.3.bias'), /1 missing \(model\.head\.3\.bias\)/],
    [
      'a deeper backbone',
      new Map([...backboneOnly, ['blocks.6.0.conv_pw.weight', scalar]]),
      /1 that this model does not have \(blocks\.6\.0/,
    ],
    ['another kind of model', new Map([['features.0.weight', scalar]]), /got tensors named features\.0\.weight/],
  ])('refuses %s and says what differs', async (_what, tensors, message) => {
    await expect(loadPretrained(await stored(tensors), model)).rejects.toThrow(message);
  });
});
