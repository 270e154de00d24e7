import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { relativeL2 } from '../../../test/support/parity.js';
import { Random } from '../../common/index.js';
import { BACKBONES, trainConfigSchema, type ModelConfig } from '../config.js';
import '../kernels/index.js';
import { buildLoss } from '../losses/index.js';
import {
  BACKBONE_SPECS,
  buildHoam,
  buildModel,
  type HoamSpec,
  type ModelDefinition,
  type ParameterSpec,
} from './index.js';
import { expandedChannels, squeezedChannels } from './backbone-spec.js';

const modelConfig = (changes: Record<string, unknown>): ModelConfig =>
  trainConfigSchema.parse({ model: changes }).model;
const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const countParameters = (model: ModelDefinition, filter = (_name: string): boolean => true): number =>
  model.parameters.filter(({ name }) => filter(name)).reduce((total, { shape }) => total + sizeOf(shape), 0);

/** The smallest trunk with every kind of block, for fast forwards. */
const smallSpec = (changes: Partial<HoamSpec> = {}): HoamSpec => ({
  architecture: 'HOAMV2',
  backbone: {
    ...BACKBONE_SPECS.tiny,
    stemChannels: 8,
    stages: [
      { block: 'ConvBnAct', stride: 1, expand: 1, outChannels: 8, repeats: 1 },
      { block: 'EdgeResidual', stride: 2, expand: 2, outChannels: 8, repeats: 1 },
      { block: 'InvertedResidual', stride: 1, expand: 2, outChannels: 8, repeats: 2 },
      { block: 'InvertedResidual', stride: 2, expand: 2, outChannels: 16, repeats: 1 },
    ],
  },
  hiddenDim: 16,
  attentionHeads: 4,
  embeddingSize: 12,
  ...changes,
});

function startOf({ shape, initialise }: Pick<ParameterSpec, 'shape' | 'initialise'>, random: Random): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  initialise(random, values);
  return values;
}

function randomState(specs: readonly ParameterSpec[]) {
  const random = new Random('state');
  return new Map(specs.map((p) => [p.name, tf.tensor(startOf(p, random), [...p.shape])]));
}

const freshBuffers = (model: ModelDefinition): Map<string, tf.Tensor> =>
  new Map(model.buffers.map(({ name, shape, initialValue }) => [name, tf.fill([...shape], initialValue)]));

const randomImages = (batch: number, height: number, width: number): tf.Tensor4D =>
  tf.randomNormal([batch, 3, height, width], 0, 1, 'float32', 5);

beforeAll(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

describe('models', () => {
  it.each([
    ['HOAMV2', 'efficientnetv2_rw_s', 512, 33_641_160, 21_657_288],
    ['HOAMV2', 'efficientnetv2_rw_s', 128, 32_410_824, 21_657_288],
    ['HOAM', 'efficientnetv2_s', 128, 27_288_144, 19_847_248],
    ['HOAMV2', 'efficientnetv2_rw_t', 128, 23_040_004, 12_409_348],
    ['HOAMV2', 'tf_efficientnetv2_b0', 128, 16_200_080, 5_610_384],
  ])('%s on %s with embedding %i has as many parameters as in PyTorch', (architecture, backbone, size, all, trunk) => {
    const model = buildModel(modelConfig({ architecture, backbone, embeddingSize: size }));
    expect(countParameters(model)).toBe(all);
    expect(countParameters(model, (name) => name.includes('backbone'))).toBe(trunk);
    expect(model.parameters.every(({ name, group }) => (group === 'backbone') === name.includes('backbone'))).toBe(
      true,
    );
  });

  it('tiny stays tiny', () => {
    expect(countParameters(buildModel(modelConfig({ backbone: 'tiny', embeddingSize: 128 })))).toBeLessThan(400_000);
  });

  it.each(BACKBONES)('%s has no name twice', (backbone) => {
    const model = buildModel(modelConfig({ backbone }));
    const names = [...model.parameters, ...model.buffers].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("takes the backbone's own width where hiddenDim is null, and refuses one that the heads do not divide", () => {
    const widthOf = (model: ModelDefinition): number =>
      model.parameters.find(({ name }) => name === 'model.local_branch_conv.1.weight')!.shape[0]!;
    expect(widthOf(buildModel(modelConfig({ backbone: 'tf_efficientnetv2_b0' })))).toBe(1280);
    expect(widthOf(buildModel(modelConfig({ backbone: 'tiny' })))).toBe(BACKBONE_SPECS.tiny.defaultHiddenDim);
    expect(() => buildModel(modelConfig({ hiddenDim: 100, attentionHeads: 8 }))).toThrow(
      'model.hiddenDim: expected a multiple of model.attentionHeads (8), got 100',
    );
  });

  it('rounds widths as timm does', () => {
    expect([24, 40, 26, 10].map((channels) => expandedChannels(channels, 4))).toEqual([96, 160, 104, 40]);
    expect(expandedChannels(7, 1)).toBe(8);
    expect([64, 104, 128, 208, 26, 10, 2].map(squeezedChannels)).toEqual([16, 26, 32, 52, 6, 2, 1]);
  });

  describe('start values', () => {
    const model = buildModel(modelConfig({ backbone: 'tf_efficientnetv2_b0', hiddenDim: 320 }));
    const start = (name: string): Float32Array =>
      startOf(
        model.parameters.find((p) => p.name === `model.${name}`)!,
        new Random(1),
      );

    it('leave blocks with a skip as they are: the scale of their last BatchNorm is 0, of all others 1', () => {
      for (const closed of ['backbone.blocks.2.1.bn2.weight', 'backbone.blocks.5.3.bn3.weight'])
        expect(new Set(start(closed))).toEqual(new Set([0]));
      for (const open of ['blocks.2.0.bn2', 'blocks.5.0.bn3', 'blocks.5.3.bn2', 'blocks.0.0.bn1'])
        expect(new Set(start(`backbone.${open}.weight`))).toEqual(new Set([1]));
    });

    it('are otherwise those of REFERENCE: He normal, Xavier, Laplacian, BatchNorm at 1 and 0', () => {
      const deviation = (values: Float32Array): number =>
        Math.sqrt(values.reduce((total, x) => total + x * x, 0) / values.length);
      expect(deviation(start('backbone.blocks.2.1.conv_exp.weight')) / Math.sqrt(2 / (9 * 192))).toBeCloseTo(1, 1);
      expect(deviation(start('backbone.blocks.5.1.conv_dw.weight')) / Math.sqrt(2 / 9)).toBeCloseTo(1, 1);
      expect([...start('local_edge_layer.depthwise_conv.weight').subarray(9, 18)]).toEqual([
        0, 1, 0, 1, -4, 1, 0, 1, 0,
      ]);
      const inProjection = start('local_branch_attention.in_proj_weight');
      const bound = Math.sqrt(6 / (4 * 320));
      expect(inProjection.every((x) => Math.abs(x) <= bound)).toBe(true);
      expect(deviation(inProjection) / (bound / Math.sqrt(3))).toBeCloseTo(1, 1);
      expect(new Set(start('backbone.bn1.weight'))).toEqual(new Set([1]));
      expect(new Set(start('local_branch_attention.in_proj_bias'))).toEqual(new Set([0]));
    });
  });

  it.each([
    ['HOAMV2', 3, 40, 40],
    ['HOAMV2', 2, 24, 40],
    ['HOAM', 2, 33, 41],
  ] as const)('%s: the pooled attention equals the textbook form on %i images of %i x %i', (architecture, n, h, w) => {
    tf.tidy(() => {
      const spec = smallSpec({ architecture });
      const model = buildHoam(spec);
      const inputs = {
        images: randomImages(n, h, w),
        parameters: randomState(model.parameters),
        buffers: freshBuffers(model),
        training: false,
      };
      const pooled = model.forward(inputs).embedding;
      const textbook = buildHoam({ ...spec, attention: 'textbook' }).forward(inputs).embedding;
      expect(relativeL2(pooled.dataSync(), textbook.dataSync())).toBeLessThan(1e-5);
    });
  });

  it('names the parameter it was not given', () => {
    const model = buildHoam(smallSpec());
    const inputs = { images: randomImages(1, 32, 32), buffers: freshBuffers(model), training: false };
    expect(() => model.forward({ ...inputs, parameters: new Map() })).toThrow('model.backbone.conv_stem.weight');
  });
});

/** What an engine must know how to lower; a new name here means new work there. */
const KERNELS_OF_A_STEP = [
  ...['PolarlineConvolution', 'PolarlineConvolutionInputGradient', 'PolarlineConvolutionWeightGradient'],
  ...['PolarlineBatchNorm', 'PolarlineBatchNormGradient', 'PolarlineSilu', 'PolarlineSiluGradient'],
  ...['Add', 'Sub', 'Multiply', 'RealDiv', 'Neg', 'Square', 'Sqrt', 'Rsqrt', 'Exp', 'Log', 'Cos', 'Sin'],
  ...['Relu', 'Step', 'Sigmoid', 'Softmax', 'BatchMatMul', 'Mean', 'Sum', 'Max', 'Equal', 'Cast', 'ZerosLike'],
  ...['Identity', 'Reshape', 'Transpose', 'Concat', 'SplitV', 'Slice', 'PadV2'],
];

describe('a training step', () => {
  it('runs on a known set of tfjs kernels, and every gradient is finite', () => {
    const model = buildHoam(smallSpec());
    const loss = buildLoss(trainConfigSchema.parse({}).loss, 3, model.embeddingSize);
    const parameters = randomState([...model.parameters, ...loss.parameters]);
    const buffers = freshBuffers(model);
    const images = randomImages(6, 32, 32);
    const oneHot = tf.tensor2d([0, 0, 1, 1, 2, 2].map((c) => [0, 1, 2].map((i) => (i === c ? 1 : 0))));
    const names = [...parameters.keys()];
    const step = (...values: tf.Tensor[]): tf.Scalar => {
      const current = new Map(names.map((name, i) => [name, values[i]!]));
      const { embedding } = model.forward({ images, parameters: current, buffers, training: true });
      return loss.compute({ embedding, oneHot, marginRad: tf.scalar(0.3), parameters: current }).total;
    };
    const used = kernelsUsed(() => {
      const { grads } = tf.valueAndGrads(step)([...parameters.values()]);
      for (const gradient of grads) expect(gradient.dataSync().every(Number.isFinite)).toBe(true);
      model.forward({ images, parameters, buffers, training: false });
    });
    expect([...used].filter((name) => !KERNELS_OF_A_STEP.includes(name))).toEqual([]);
  });
});

function kernelsUsed(run: () => void): Set<string> {
  const used = new Set<string>();
  const spied = tf.getKernelsForBackend('cpu').map((config) => ({
    ...config,
    kernelFunc: (parameters: Parameters<typeof config.kernelFunc>[0]) => {
      used.add(config.kernelName);
      return config.kernelFunc(parameters);
    },
  }));
  for (const config of spied) tf.unregisterKernel(config.kernelName, 'cpu');
  for (const config of spied) tf.registerKernel(config);
  run();
  return used;
}
